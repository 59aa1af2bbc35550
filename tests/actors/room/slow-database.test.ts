// A room whose database is slow: what waits for a commit holds up nobody who doesn't need it.

import { beforeEach, expect, test } from "bun:test";
import { CHANNEL, type FakeRoom, fakeRoom, OWNER, SERVER, settled } from "./fake-room.ts";

const [ADMIN, WRITER] = [11, 21];
let room: FakeRoom;

beforeEach(() => {
  room = fakeRoom({ [ADMIN]: OWNER, [WRITER]: OWNER });
});

const sent = (session: number) => room.frames.get(session)?.splice(0) ?? [];

async function ask(session: number, type: Parameters<FakeRoom["ask"]>[1], parameters: object): Promise<void> {
  room.ask(session, type, parameters);
  await settled();
}

const rename = (name: string) => ask(ADMIN, "update_server", { server_id: SERVER, changes: { name } });
const write = (content: string) => ask(WRITER, "add_message", { channel_id: CHANNEL, content });

test("messages are handed to the writer while a change of the server waits for its commit", async () => {
  await rename("Meadow");
  expect(room.messages.writes).toHaveLength(1);
  await write("one");
  await write("two");
  expect(room.messages.writes).toHaveLength(3);
});

test("what is asked of memory is answered while a change waits for its commit, as it was before", async () => {
  await rename("Meadow");
  await ask(WRITER, "get_server_channels", { server_id: SERVER });
  expect(sent(WRITER)).toMatchObject([{ reply: { categories: [{ channels: [{ id: CHANNEL }] }] } }]);
  expect(sent(ADMIN)).toEqual([]);
});

test("changes wait for each other, and are answered in their order", async () => {
  await rename("Meadow");
  await rename("Grove");
  expect(room.messages.writes).toHaveLength(1);
  await room.messages.drain();
  expect(sent(ADMIN).map(({ reply }) => reply?.server.name)).toEqual(["Meadow", "Grove"]);
});

test("who holds the gate while they are being judged keeps nobody waiting at the mailbox", async () => {
  // What it is decided on is being read, for as long as that takes.
  await ask(ADMIN, "delete_message", { message_id: 99 });
  expect(room.messages.reads).toHaveLength(1);
  await write("one");
  expect(room.messages.writes).toHaveLength(1);
  await ask(WRITER, "get_server_channels", { server_id: SERVER });
  expect(sent(WRITER)).toMatchObject([{ reply: { categories: [{ channels: [{ id: CHANNEL }] }] } }]);
  expect(sent(ADMIN)).toEqual([]);
  await room.messages.drain();
  expect(sent(ADMIN)).toMatchObject([{ refusal: { code: "not_found" } }]);
});
