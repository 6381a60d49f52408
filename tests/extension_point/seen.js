// `node seen.js GUIDE_FOLDER`: lets the judge see frames from standard input, and prints what it says of each as JSON.
// One frame: six 32-bit numbers (time in ms, its width and height, the strips' width and height, 1 to judge the sheet before
// as taken), then the frame's and the strips' RGBA.

import { readFileSync } from "node:fs"

const { Judge } = await import(`${process.argv[2]}/judge.js`)
const input = readFileSync(0)
let at = 0
const take = (width, height) => {
  const data = new Uint8ClampedArray(input.subarray(at, at + width * height * 4))
  at += width * height * 4
  return { width, height, data }
}

let judge = new Judge()
const seen = []
while (at < input.length) {
  const [now, width, height, across, lines, taken] = [0, 1, 2, 3, 4, 5].map((index) => input.readUInt32LE(at + index * 4))
  at += 24
  if (taken) judge = new Judge(judge.imprint)
  const frame = take(width, height)
  const strips = take(across, lines)
  const begun = performance.now()
  seen.push({ ...judge.see(frame, now, () => strips), ms: performance.now() - begun })
}
console.log(JSON.stringify(seen))
