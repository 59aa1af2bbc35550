// Pictures of every page, for the documents and for whoever looks at them before a change lands:
// `bun tests/web/pictures.ts` makes docs/pages, each page as a desktop, a phone and a television have it; with a folder
// and `--all`, each page at three widths, light and dark; with the beginning of a name after the folder, those pages.

import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { root } from "../../scripts/steps.ts";
import { botOf } from "../bots/programs.ts";
import { clientOf } from "../client/programs.ts";
import { openBrowser } from "../harness/browser.ts";
import { type RunningServer, startServer } from "../harness/server.ts";
import { present } from "./browser.ts";
import { foundTown, pagesOf, type Town } from "./town.ts";

const NAMES = ["alice", "bob", "carol", "dan"];
const WIDTHS = { phone: [360, 740], desktop: [1280, 800], television: [2560, 1440] } as const;

const MOST_BYTES = 200_000;

const dusk = `<style>*{margin:0}svg{display:block}</style><svg width="700" height="350"><defs><linearGradient id="g" x1="0"
y1="0" x2="1" y2="1"><stop stop-color="#f3b75f"/><stop offset=".5" stop-color="#d9583f"/><stop offset="1"
stop-color="#4a2a55"/></linearGradient></defs><rect width="700" height="350" fill="url(#g)"/><ellipse cx="120" cy="350"
rx="160" ry="80" fill="#241420"/><ellipse cx="380" cy="360" rx="210" ry="115" fill="#33182f"/></svg>`;

const projector = `<style>*{margin:0}svg{display:block}</style><svg width="700" height="350"><rect width="700" height="350"
fill="#1d2733"/><polygon points="96,296 700,30 700,310" fill="#f3e3b3" opacity=".55"/><rect x="24" y="266" width="96"
height="58" rx="10" fill="#42536a"/><circle cx="112" cy="294" r="18" fill="#f9efce"/><rect x="44" y="324" width="12"
height="26" fill="#2c3a4c"/><rect x="90" y="324" width="12" height="26" fill="#2c3a4c"/></svg>`;

async function pictureOf(browser: Browser, drawing: string): Promise<Uint8Array<ArrayBuffer>> {
  const page = await browser.newPage({ viewport: { width: 700, height: 350 } });
  await page.setContent(drawing);
  const body = new Uint8Array(await page.screenshot());
  await page.close();
  return body;
}

/** What makes the town one to look at: names of its own, a picture, a bot, and something unread. */
async function dress(browser: Browser, server: RunningServer, town: Town): Promise<void> {
  const { clients, general, server_id } = town;
  for (const [at, name] of NAMES.entries()) await clients[at]?.ask("update_user", { changes: { name } });
  const body = await pictureOf(browser, dusk);
  const headers = { authorization: `Bearer ${town.others[0]?.token}` };
  const answer = await fetch(`${server.url}/api/v1/uploads`, { method: "POST", headers, body });
  const { id } = (await answer.json()) as { id: number };
  const [alice, bob, carol] = clients;
  for (const name of ["Gophers", "Sunday runners"]) await alice?.ask("add_server", { name });
  await alice?.ask("update_channel", {
    channel_id: general,
    changes: { description: "Thursdays at eight, bring snacks" },
  });
  const shown = await bob?.send(general, { content: "Look what it does with the old one:", attachments: [id] });
  for (const client of [alice, carol]) await client?.ask("add_reaction", { message_id: shown?.id ?? 0, emoji: "🍿" });
  await carol?.send(general, "Twelve minutes each.");
  await alice?.send(general, "Yes! Seats are by the window this time.");
  const { channel } = (await alice?.ask("add_channel", { server_id, name: "quotes" })) ?? {};
  for (let times = 0; times < 3; times += 1) await bob?.send(channel?.id ?? 0, `<@${town.alice.id}> vote`);
  bob?.tell("now-playing", { message: "Mario Kart" });
  const keeper = await botOf(server, town.alice, "ticket_keeper");
  await alice?.ask("add_bot", { server_id, bot_id: keeper.id });
  await botOf(server, town.alice, "dice");
  const program = clientOf(server, keeper);
  await program.connect();
  town.clients.push(program);
}

interface Shot {
  name: string;
  path: string;
  file: string;
  look: "light" | "dark";
  width: keyof typeof WIDTHS;
}

function shotsOf(town: Town, all: boolean, only: string): Shot[] {
  const pages = Object.entries(pagesOf(town));
  const wanted = pages.filter(([name]) => name.startsWith(only));
  if (!all) {
    return wanted.flatMap(([name, path]): Shot[] => [
      { name, path, file: name, look: "light", width: "desktop" },
      { name, path, file: `${name}-dark-phone`, look: "dark", width: "phone" },
      { name, path, file: `${name}-television`, look: "light", width: "television" },
    ]);
  }
  return wanted.flatMap(([name, path]) =>
    (Object.keys(WIDTHS) as Shot["width"][]).flatMap((width) =>
      (["light", "dark"] as const).map((look): Shot => ({ name, path, file: `${name}-${width}-${look}`, look, width })),
    ),
  );
}

const [folder = join(root, "docs/pages"), only = ""] = process.argv.slice(2).filter((one) => !one.startsWith("--"));
const all = process.argv.includes("--all");
await mkdir(folder, { recursive: true });
const server = await startServer();
const browser = await openBrowser();
const town = await foundTown(server, await pictureOf(browser, projector));
await dress(browser, server, town);
const { context } = await present(browser, server, { name: "alice" });
const storageState = await context.storageState();
await context.close();
for (const { path, file, look, width } of shotsOf(town, all, only)) {
  const [across, down] = WIDTHS[width];
  const viewport = { width: across, height: down };
  const options = { viewport, colorScheme: look, reducedMotion: "reduce", storageState, locale: "en-GB" } as const;
  const one = await browser.newContext({ ...options, baseURL: server.url });
  const page = await one.newPage();
  await page.goto(path);
  await page.waitForFunction(() => document.querySelector("main") && !document.querySelector('[aria-busy="true"]'));
  await page.waitForLoadState("networkidle");
  const { length } = await page.screenshot({ path: join(folder, `${file}.png`) });
  if (length > MOST_BYTES) throw new Error(`${file}.png has ${length} bytes, and may have ${MOST_BYTES}`);
  await one.close();
}
town.close();
await browser.close();
await server.stop();
process.exit(0);
