// How the pages look on this device.

import { SelectField } from "../parts/select-field.tsx";
import { chooseLanguage } from "../state/language.ts";
import { chooseTheme, type Theme, theme } from "../state/theme.ts";
import { language, languages, words } from "../words.ts";

const THEMES: readonly Theme[] = ["system", "light", "dark"];
const text = words.settings.appearance;

const known_languages = Object.entries(languages).map(([tag, { name }]) => [tag, name] as const);

export const AppearanceSettings = () => (
  <>
    <Themes />
    <div class="set">
      <SelectField
        label={text.language}
        hint={text.language_hint}
        value={language}
        options={known_languages}
        onChoose={chooseLanguage}
      />
    </div>
  </>
);

function Themes() {
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
