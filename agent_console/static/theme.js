// Light or dark before the first paint; a plain script in the head, because a module would come too late and flash.
// "auto" follows the system. The choice belongs to this browser.
{
  const chosen = localStorage.getItem("vw.theme")
  if (chosen === "light" || chosen === "dark") document.documentElement.dataset.theme = chosen
}
