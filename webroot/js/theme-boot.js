// Not a module: it runs before the first paint, so that a remembered theme does not flash.
try {
  const theme = localStorage.getItem('mabeam.theme');
  if (theme === 'dark' || theme === 'light') document.documentElement.dataset.theme = theme;
} catch {
  // No storage, no memory: the system's choice stands.
}
