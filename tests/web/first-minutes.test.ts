// Somebody's first minutes: from the address to two people who talk. Each thing that they press is one that they see and
// that says what it does; how many there are, and how long a practised hand takes for them, docs/design/pages.md says.

import { expect } from "bun:test";
import { join } from "node:path";
import { root } from "../../scripts/steps.ts";
import { PASSWORD } from "../harness/server.ts";
import { samples } from "../uploads/samples.ts";
import { describeInBrowser, visitor } from "./browser.ts";
import { Hand } from "./hand.ts";
import { articles, messageBox } from "./talking.ts";

/** Two people, one after the other. */
const MOST_S = 120;

describeInBrowser("the first minutes", (inBrowser) => {
  inBrowser("from the address to two who talk, with nothing to guess", async ({ browser, server }) => {
    const [one, other] = [await visitor(browser, server), await visitor(browser, server)];
    const [alice, bob] = [new Hand(one.page), new Hand(other.page)];

    await one.page.goto("/");
    await alice.press("link", "Create an account");
    await alice.fill("Name", "alice");
    await alice.fill("Password", PASSWORD);
    await alice.enter();
    await alice.press("button", "Begin");
    await alice.fill("Server name", "Film night");
    await alice.enter();
    await alice.press("button", "Invite people");
    const link = await one.page.getByRole("textbox", { name: "Invite link" }).inputValue();
    await alice.press("button", "Copy");
    await alice.press("button", "Close");

    await other.page.goto(link);
    await bob.sees("Film night");
    await bob.sees("1 member");
    await bob.fill("Name", "bob");
    await bob.fill("Password", PASSWORD);
    await bob.enter();
    await messageBox(other.page).waitFor();

    await alice.write("Look who is here");
    await bob.sees("alice is typing …");
    await alice.enter();
    await articles(other.page, "Look who is here").waitFor();
    await bob.drop({ name: "dusk.png", type: "image/png", bytes: samples["png"]?.bytes ?? new Uint8Array() });
    await bob.write("From the window");
    await alice.sees("bob is typing …");
    await bob.enter();
    const picture = articles(one.page, "From the window");
    await picture.getByRole("img", { name: /^Picture/ }).waitFor();
    await alice.pointAt(picture);
    await alice.press("button", "React", picture);
    await alice.press("button", "🎉 party popper");
    await articles(other.page, "From the window").getByRole("button", { name: "🎉, 1" }).waitFor();
    await one.page.getByRole("complementary", { name: "Members" }).getByText("Online — 2").waitFor();
    await other.context.close();
    await one.page.getByRole("complementary", { name: "Members" }).getByText("Offline — 1").waitFor();

    const said = `${alice.tells()} for who begins, ${bob.tells()} for who is invited`;
    expect(alice.seconds + bob.seconds).toBeLessThan(MOST_S);
    expect((await Bun.file(join(root, "docs/design/pages.md")).text()).replaceAll(/\s+/g, " ")).toContain(said);
    expect([one.complaints, other.complaints]).toEqual([[], []]);
  });
});
