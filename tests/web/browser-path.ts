// Where the system has a browser that the pages can be tried in; null where there is none.

export const browser_path = Bun.which("chromium") ?? Bun.which("chromium-browser") ?? Bun.which("google-chrome");
