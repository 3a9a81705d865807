// Runs before the first paint, so that a chosen theme never flashes the other one; a file because the policy allows no inline script.
try {
  const theme = localStorage.getItem('selvedge.theme');
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;
} catch {
  // Storage may be forbidden; the system's preference holds then.
}
