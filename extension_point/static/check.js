// The check before anyone needs the devices: each is opened, each camera must give a picture; then what is known is in
// `devices.health`, which the booth reports and the attract screen heeds.

import { seesPictures } from "/static/web/js/device-check.js"

/** @param {import("/static/web/js/devices.js").Devices} devices */
export async function checkDevices(devices) {
  await devices.open()
  for (const role of /** @type {const} */ (["camera", "document_camera"])) {
    const track = devices.tracks[role]
    if (track && !(await seesPictures(track))) devices.failed(role)
  }
}
