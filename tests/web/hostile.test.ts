// What people write to do harm is shown as what it is: nothing of it runs, leads anywhere, or loads anything.

import { expect } from "bun:test";
import type { Page } from "playwright-core";
import { describeInBrowser } from "./browser.ts";
import { articles, log, pair, say } from "./talking.ts";

const texts = [
  "<script>globalThis.harmed = 1</script>",
  "<img src=x onerror='globalThis.harmed = 1'>",
  "<svg onload='globalThis.harmed = 1'>",
  "[press me](javascript:globalThis.harmed=1)",
  "[press me](data:text/html,<script>harmed=1</script>)",
  "<javascript:alert(1)>",
  "![picture](https://elsewhere.example/a.png)",
  '[mention](https://elsewhere.example/" onclick="harmed=1)',
  "&lt;b&gt; &#60;script&#62;",
  "\u202eevil\u202c and \u2066isolated\u2069",
  "```html\n<script>harmed = 1</script>\n```",
  "<@1> <@99999999999999999999> @everyone #nowhere",
];

/** Whom the page asks beside its own server. */
function strangersAsked(page: Page, own: string): string[] {
  const asked: string[] = [];
  page.on("request", (request) => {
    const { origin, protocol } = new URL(request.url());
    if (origin !== own && protocol !== "blob:") asked.push(request.url());
  });
  return asked;
}

describeInBrowser("hostile content", (inBrowser) => {
  inBrowser("in messages is shown, and does nothing", async (tools) => {
    const [alice, bob] = await pair(tools);
    const asked = strangersAsked(bob.page, tools.server.url);
    for (const text of texts) await say(alice.page, text);
    await articles(bob.page, "#nowhere").waitFor();
    const found = await log(bob.page).evaluate((element) => ({
      elements: [
        ...element.querySelectorAll("script, iframe, object, embed, img, style, form, [onclick], [onerror], [onload]"),
      ].length,
      schemes: [...element.querySelectorAll<HTMLAnchorElement>("a[href]")].map(({ protocol }) => protocol),
      opens: [...element.querySelectorAll<HTMLAnchorElement>("a[target]")].every(({ rel }) => rel.includes("noopener")),
    }));
    expect([found.elements, [...new Set(found.schemes)], found.opens]).toEqual([0, ["https:"], true]);
    expect(await bob.page.evaluate(() => "harmed" in globalThis)).toBe(false);
    await log(bob.page).getByText("<script>globalThis.harmed = 1</script>").waitFor();
    expect([asked, alice.complaints, bob.complaints]).toEqual([[], [], []]);
  });

  inBrowser("in the names of servers, channels, roles and people", async (tools) => {
    const [alice, bob] = await pair(tools);
    const name = `<img src=x onerror="harmed=1">`;
    await alice.page.getByRole("button", { name: "Server menu" }).click();
    await alice.page.getByRole("menuitem", { name: "Server settings" }).click();
    await alice.page.getByRole("textbox", { name: "Server name" }).fill(name);
    await alice.page.getByRole("button", { name: "Save" }).click();
    await bob.page.getByRole("link", { name: "<img src=x" }).waitFor();
    await alice.page.getByRole("link", { name: "Roles" }).click();
    await alice.page.getByRole("button", { name: "Add a role" }).click();
    await alice.page.getByRole("textbox", { name: "Role name" }).fill("<b>boss</b>");
    await alice.page.getByRole("button", { name: "Save" }).click();
    await alice.page.getByRole("button", { name: "Edit <b>boss</b>" }).waitFor();
    expect(
      await bob.page.evaluate(() => [document.querySelectorAll("h2 img, nav b").length, "harmed" in globalThis]),
    ).toEqual([0, false]);
    expect([alice.complaints, bob.complaints]).toEqual([[], []]);
  });

  inBrowser("in files: what is no picture is never shown as one, whatever its name is", async (tools) => {
    const [alice, bob] = await pair(tools);
    const svg = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>');
    const choose = (file: { name: string; mimeType: string; buffer: Buffer }) =>
      alice.page.locator("input[type=file]").setInputFiles(file);
    await choose({ name: "<b>x<i>.svg", mimeType: "image/svg+xml", buffer: svg });
    await alice.page.getByText("<b>x<i>.svg", { exact: true }).waitFor();
    await choose({ name: "fine.png", mimeType: "image/png", buffer: svg });
    await alice.page.locator('.files [data-state="done"]').nth(1).waitFor();
    await say(alice.page, "two files");
    const said = articles(bob.page, "two files");
    for (const name of ["<b>x<i>.svg", "fine.png"]) {
      const link = said.getByRole("link", { name, exact: true });
      expect(await link.getAttribute("download")).toBe(name);
      const address = new URL((await link.getAttribute("href")) ?? "", tools.server.url);
      const { headers } = await fetch(address, { headers: { authorization: `Bearer ${bob.user.token}` } });
      expect(headers.get("content-disposition")).toMatch(/^attachment/);
      expect(headers.get("x-content-type-options")).toBe("nosniff");
    }
    expect(await said.locator("img").count()).toBe(0);
    expect(alice.complaints).toEqual([]);
  });

  inBrowser("pictures from elsewhere aren't loaded", async (tools) => {
    const [alice, bob] = await pair(tools);
    const asked = strangersAsked(bob.page, tools.server.url);
    const client = await tools.server.connect(alice.user);
    const changes = { profile_pic: "https://elsewhere.example/spy.png" };
    await client.ask({ type: "update_user", data: { changes } });
    await say(alice.page, "see me");
    await articles(bob.page, "see me").waitFor();
    await bob.page.getByRole("complementary", { name: "Members" }).getByText(alice.user.name).click();
    await bob.page.getByRole("dialog").getByText(alice.user.name).first().waitFor();
    expect([asked, await bob.page.locator('img[src^="http"]').count()]).toEqual([[], 0]);
  });
});
