// The pages begin: what the browser kept is taken up, and what the address says is shown.

import { render } from "preact";
import { App } from "./app.tsx";
import { followClicks, keepPages } from "./away/keeping.ts";
import { keepFocus } from "./shell/kept-focus.ts";
import { begin } from "./state/account.ts";
import { lookAtInstance } from "./state/instance.ts";
import { followPlace } from "./state/needs.ts";
import { followLinks } from "./state/places.ts";
import { followTheme } from "./state/theme.ts";
import { language } from "./words.ts";
import "./style/index.css";

document.documentElement.lang = language;
followTheme();
followLinks();
followPlace();
keepFocus();
void begin();
void lookAtInstance();
const root = document.getElementById("app");
if (root) render(<App />, root);
keepPages();
followClicks();
