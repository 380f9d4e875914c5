/** The colour scheme: what the system says, or what was chosen here and remembered. */

const KEY = 'mabeam.theme';
export const THEMES = ['auto', 'light', 'dark'];

/** @returns {'auto'|'light'|'dark'} */
export function currentTheme() {
  return document.documentElement.dataset.theme ?? 'auto';
}

export function chooseTheme(theme) {
  if (theme === 'auto') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  try {
    if (theme === 'auto') localStorage.removeItem(KEY);
    else localStorage.setItem(KEY, theme);
  } catch {
    // Storage is a convenience; the choice holds until the page goes.
  }
}
