// How the pages look on this device.

import { chooseTheme, type Theme, theme } from "../state/theme.ts";
import { words } from "../words.ts";

const THEMES: readonly Theme[] = ["system", "light", "dark"];
const text = words.settings.appearance;

export function AppearanceSettings() {
  return (
    <fieldset class="themes">
      <legend class="label">{text.theme}</legend>
      <div class="row">
        {THEMES.map((one) => (
          <label key={one} class="theme">
            <span class={`theme-sample ${one}`} aria-hidden="true">
              <span />
              <span />
            </span>
            <span class="check">
              <input
                type="radio"
                name="theme"
                value={one}
                checked={theme.value === one}
                onChange={() => chooseTheme(one)}
              />
              {text[one]}
            </span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}
