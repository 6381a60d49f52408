// Light or dark: the other one at each press. theme.js in the head obeys the choice before the first paint; without a
// choice the page follows the system.

export function nextTheme() {
  const root = document.documentElement
  const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches
  root.dataset.theme = dark ? "light" : "dark"
  localStorage.setItem("vw.theme", root.dataset.theme)
}
