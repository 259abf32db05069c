import { byId } from './dom.js';

const KEPT_AS = 'warmset-theme';

/** Light, dark or as the system has it; remembered by the browser. */
export function startTheme(onChange: () => void): void {
  const select = byId('theme', HTMLSelectElement);
  const apply = () => {
    document.documentElement.dataset.theme = select.value;
    onChange();
  };
  const kept = remembered();
  if (kept !== null && [...select.options].some(({ value }) => value === kept)) select.value = kept;
  select.addEventListener('change', () => {
    remember(select.value);
    apply();
  });
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', onChange);
  apply();
}

/** A browser that keeps nothing for this page throws. */
function remembered(): string | null {
  try {
    return localStorage.getItem(KEPT_AS);
  } catch {
    return null;
  }
}

function remember(theme: string): void {
  try {
    localStorage.setItem(KEPT_AS, theme);
  } catch {
    // It holds until the page is closed.
  }
}
