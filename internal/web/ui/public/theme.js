// Runs before the first paint, so that a chosen theme does not flash the other one.
(function () {
  var theme = "system";
  try { theme = localStorage.getItem("fairlead-theme") || "system"; } catch (e) { /* storage is off: the system's theme holds */ }
  if (theme !== "light" && theme !== "dark") {
    theme = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
  }
  document.documentElement.setAttribute("data-mantine-color-scheme", theme);
})();
