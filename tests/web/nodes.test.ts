// What administration says of the nodes: of one process a sentence, of several a table that follows them.

import { expect } from "bun:test";
import type { Page } from "playwright-core";
import { hasCluster, startCluster } from "../harness/cluster.ts";
import { administrator, command } from "../harness/operators.ts";
import { describeInBrowser, present } from "./browser.ts";

const table = (page: Page) => page.getByRole("table", { name: "Nodes" });

/** Until the nodes in the table have all slots between them, as so many as these. */
const areShared = (page: Page, nodes: number) =>
  page.waitForFunction((nodes) => {
    const lines = [...document.querySelectorAll<HTMLTableRowElement>("#nodes tbody tr")];
    const slots = lines.map(({ cells }) => Number.parseInt(cells[4]?.textContent ?? "", 10));
    return slots.length === nodes && slots.every((own) => own > 0) && slots.reduce((all, own) => all + own, 0) === 257;
  }, nodes);

describeInBrowser("nodes", (inBrowser) => {
  inBrowser("of one process it is said that it is one", async ({ browser, server }) => {
    const { page, complaints } = await present(browser, server, await administrator(server));
    await page.goto("/admin#nodes");
    const part = page.getByRole("region", { name: "Nodes" });
    await part.getByRole("heading", { name: "Nodes", exact: true }).waitFor();
    await part.getByText(/^All of it is one process, of version test, since /).waitFor();
    expect(await table(page).count()).toBe(0);
    expect(complaints).toEqual([]);
  });

  if (!hasCluster) return;
  inBrowser("of three there is a line each, until one goes", async ({ browser }) => {
    const cluster = await startCluster(3);
    const [first, , last] = cluster.nodes;
    if (!first || !last) throw new Error("no nodes");
    const admin = await first.user();
    expect((await command(first, "user", "admin", admin.name, "on")).code).toBe(0);
    const { page, complaints } = await present(browser, first, admin);
    await page.goto("/admin#nodes");
    await areShared(page, 3);
    expect(await table(page).getByRole("row", { name: "serving" }).count()).toBe(3);
    const heads = await table(page).getByRole("columnheader").allInnerTexts();
    expect(heads).toEqual(["Number", "Name", "Version", "State", "Slots", "Connections", "Last heard"]);
    const asked = table(page).getByRole("row", { name: "answers you" });
    expect(await asked.count()).toBe(1);
    expect((await asked.getByRole("cell").allInnerTexts()).at(-1)).toBe("–");
    // Whoever looks has the one connection that there is.
    await asked.getByRole("cell", { name: "1", exact: true }).waitFor();
    await last.app.stop();
    await areShared(page, 2);
    expect(complaints).toEqual([]);
    await cluster.stop();
  });
});
