// A channel in which a hundred thousand messages were said, written where the server keeps them; and somebody who reads
// back in it.

import type { Page } from "playwright-core";
import { firstIdAt } from "../../src/domain/ids.ts";
import { writeRows } from "../harness/database.ts";
import { startServer, type TestServer } from "../harness/server.ts";
import { log } from "./talking.ts";
import { foundTown, type Town } from "./town.ts";

export const MESSAGES = 100_000;
const MONTH_MS = 30 * 24 * 60 * 60 * 1_000;

const said = `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?1)
  INSERT INTO messages (id, channel_id, server_id, author_id, content, created_at, attachments, mentions,
    mentions_everyone, mention_roles, seq)
  SELECT ?2 + i * 1000, ?3, ?4, iif(i / 3 % 2 = 0, ?5, ?6),
    'number ' || i || ' ' || substr('${"of pears and plums, ".repeat(12)}', 1, i * 7 % 230), ?7 + i, '[]', '[]', 0, '[]',
    ?2 + i * 1000
  FROM n`;

export interface LongChannel {
  server: TestServer;
  town: Town;
  channel_id: number;
}

export async function foundLongChannel(): Promise<LongChannel> {
  const first = await startServer();
  const town = await foundTown(first);
  const [owner] = town.clients;
  const made = await owner?.ask("add_channel", { server_id: town.server_id, name: "long" });
  const channel_id = made?.channel.id ?? 0;
  town.close();
  const began = Date.now() - MONTH_MS;
  const authors = [town.alice.id, town.others[0]?.id ?? 0] as const;
  writeRows(first.folder, said, [[MESSAGES, firstIdAt(began), channel_id, town.server_id, ...authors, began]]);
  return { server: await first.restart(), town, channel_id };
}

/** Reads back by so many pixels a frame until so many messages went by; answers the number of the topmost, and frames. */
export async function readBack(
  page: Page,
  messages: number,
  px_a_frame = 400,
): Promise<{ topmost: number; frames: number }> {
  return log(page).evaluate(
    async (box, { messages, px_a_frame }) => {
      const top = () => Number(/number (\d+)/.exec(box.querySelector("article .text")?.textContent ?? "")?.[1]);
      const until = top() - messages;
      let frames = 0;
      for (; top() > until; frames += 1) {
        box.scrollTop -= px_a_frame;
        await new Promise(requestAnimationFrame);
      }
      return { topmost: top(), frames };
    },
    { messages, px_a_frame },
  );
}
