// How much a room does at once when messages go by the hundred: one job, and no more told than all listeners together may
// be, however many there are.

import { expect, test } from "bun:test";
import { limits } from "../../../../src/domain/limits.ts";
import { CHANNEL, fakeRoom, OWNER, SERVER, settled } from "../fake-room.ts";

/** Buries a slice in a channel to which so many listen; what came of it, and what they were told. */
async function bury(listeners: number) {
  const sessions = Array.from({ length: listeners }, (_, at) => 1_000 + at);
  const room = fakeRoom(Object.fromEntries(sessions.map((session) => [session, OWNER])));
  const ids = Array.from({ length: limits.burial_slice }, (_, at) => {
    const id = room.nextId();
    room.messages.rows.push({
      ...{ id, channel_id: CHANNEL, server_id: SERVER, author_id: OWNER, content: `old ${at}`, created_at: 0, seq: id },
      ...{
        edited_at: null,
        reply_to: null,
        attachments: [],
        mentions: [],
        mentions_everyone: false,
        mention_roles: [],
        mentions_here: false,
        reactions: [],
      },
      nonce: null,
      pin_order: null,
      reply_mention: null,
    });
    return id;
  });
  for (const session of sessions) {
    room.ask(session, "get_message_chunk", { channel_id: CHANNEL, amount: 1, anchor: 0, direction: true });
  }
  await settled();
  await room.messages.drain();
  for (const frames of room.frames.values()) frames.length = 0;
  const burying = room.actors.request(`room:${SERVER}`, "bury", { channel_id: CHANNEL, message_ids: ids });
  await settled();
  const jobs = room.messages.writes.length;
  await room.messages.drain();
  const came = await burying;
  await settled();
  expect(room.faults).toEqual([]);
  return { came, jobs, ids, told: sessions.map((session) => room.frames.get(session) ?? []) };
}

test.each([0, 1, 20])("a whole slice where %i listen", async (listeners) => {
  const { came, jobs, ids, told } = await bury(listeners);
  expect(came).toEqual({ ok: true, value: { taken: limits.burial_slice } });
  expect(jobs).toBe(1);
  for (const frames of told) expect(frames.map(({ data }) => data.id)).toEqual(ids);
});

test.each([50, 400])("less of one where %i listen, each told of the same", async (listeners) => {
  const { came, jobs, ids, told } = await bury(listeners);
  const taken = Math.floor(limits.burial_deliveries / listeners);
  expect(came).toEqual({ ok: true, value: { taken } });
  expect(jobs).toBe(1);
  for (const frames of told) expect(frames.map(({ data }) => data.id)).toEqual(ids.slice(0, taken));
  expect(told.flat().length).toBeLessThanOrEqual(limits.burial_deliveries);
});

test("one at a time where more listen than may be told of one", async () => {
  const { came, told } = await bury(limits.burial_deliveries + 1);
  expect(came).toEqual({ ok: true, value: { taken: 1 } });
  for (const frames of told) expect(frames).toHaveLength(1);
});
