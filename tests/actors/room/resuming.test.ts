// A room that took over from another owner, and sessions that go on listening.

import { expect, test } from "bun:test";
import type { Json } from "../../harness/client.ts";
import { CHANNEL, fakeRoom, OWNER, settled } from "./fake-room.ts";

const [READER, WRITER] = [11, 21];

test("what was asked before, and passed over at the reader's node, subscribes when it is asked once more", async () => {
  const room = fakeRoom({ [READER]: OWNER, [WRITER]: OWNER });
  const load = () =>
    room.ask(READER, "get_message_chunk", { channel_id: CHANNEL, amount: 100, anchor: 0, direction: true });
  const add = () => room.ask(WRITER, "add_message", { channel_id: CHANNEL, content: "new" });
  const sent = async (): Promise<Json[]> => {
    await settled();
    await room.messages.drain();
    return room.frames.get(READER)?.splice(0) ?? [];
  };
  load();
  await sent();
  room.passOver(READER);
  add();
  expect(await sent()).toEqual([]);
  load();
  expect(await sent()).toMatchObject([{ reply: { messages: [{ content: "new" }] } }]);
  add();
  expect(await sent()).toMatchObject([{ type: "message_added" }]);
});
