// Runs before the first paint, so that a remembered theme does not flash.
// A classic script: a module would run too late.
(() => {
  try {
    const theme = new URLSearchParams(location.search).get('theme') ?? localStorage.getItem('packetwalk.theme');
    if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;
  } catch {
    // Storage may be forbidden; the system's choice stays.
  }
})();
