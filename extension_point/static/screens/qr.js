// A QR symbol from its rows of 0 and 1, drawn as one path; the quiet zone of four modules belongs to it (ISO/IEC 18004).

const SVG = "http://www.w3.org/2000/svg"
const QUIET = 4

/** @param {string[]} rows  @param {string} label what it is, for those who hear it */
export function qr(rows, label) {
  const size = rows.length + 2 * QUIET
  const svg = document.createElementNS(SVG, "svg")
  for (const [name, value] of Object.entries({ viewBox: `0 0 ${size} ${size}`, class: "qr", role: "img", "aria-label": label, "shape-rendering": "crispEdges" })) svg.setAttribute(name, value)
  const path = document.createElementNS(SVG, "path")
  const dark = rows.flatMap((row, y) => [...row].flatMap((one, x) => (one === "1" ? [`M${x + QUIET} ${y + QUIET}h1v1h-1z`] : [])))
  path.setAttribute("d", dark.join(""))
  svg.append(path)
  return svg
}

/** Eight digits as they are read aloud. @param {string} code */
export const spaced = (code) => `${code.slice(0, 4)} ${code.slice(4)}`
