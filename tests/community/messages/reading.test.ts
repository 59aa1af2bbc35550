import { afterAll, beforeAll, expect } from "bun:test";
import { limits } from "../../../src/domain/limits.ts";
import type { Frame, Json } from "../../harness/client.ts";
import { done, foundServer, inviteInto } from "../../harness/community.ts";
import { conversation } from "../../harness/conversation.ts";
import { writeRows } from "../../harness/database.ts";
import { type Present, startServer, type TestServer } from "../../harness/server.ts";
import { anotherChannel, aPlace, deny, eventsOn, listen, malformed, post, postMany, refusal } from "./place.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());

conversation("typing", {
  async success() {
    const { alice, bob, channel_id } = await aPlace(server);
    const phone = await server.connect(bob);
    await listen(channel_id, alice, bob, { client: phone });
    const reply = await bob.client.ask({ type: "typing", data: { channel_id } });
    expect(reply).toEqual({ id: reply["id"], type: "typing", data: {} });
    const event = { type: "typing_started", topic: `channel:${channel_id}`, data: { channel_id, user_id: bob.id } };
    // Told once it is known who has blocked whom, which may be after further replies.
    for (const client of [alice.client, phone, bob.client]) {
      expect(await client.take("typing_started")).toEqual(event);
      expect(await client.rest()).toEqual([]);
    }
  },
  errors: {
    async not_found() {
      const place = await aPlace(server);
      const { bob, mallory, channel_id } = place;
      const hidden = await anotherChannel(place, true);
      const unknown = await refusal(bob, "typing", { channel_id: 12345 });
      expect(unknown).toMatchObject({ code: "not_found" });
      expect(await refusal(bob, "typing", { channel_id: hidden })).toEqual(unknown);
      expect(await refusal(mallory, "typing", { channel_id })).toEqual(unknown);
    },
    async forbidden() {
      const place = await aPlace(server);
      const { alice, bob, channel_id } = place;
      await deny(place, "send_messages");
      await listen(channel_id, alice);
      expect(await refusal(bob, "typing", { channel_id })).toMatchObject({ code: "forbidden" });
      expect(await eventsOn(alice, `channel:${channel_id}`)).toEqual([]);
    },
  },
  async malformed() {
    const { bob } = await aPlace(server);
    await malformed(bob, "typing", {}, "channel_id");
    await malformed(bob, "typing", { channel_id: "general" }, "channel_id");
  },
  also: {
    async "by somebody invisible is told to nobody, their own sessions included"() {
      const place = await aPlace(server);
      const { alice, bob, channel_id } = place;
      const other = await anotherChannel(place);
      const phone = await server.connect(bob);
      for (const id of [channel_id, other]) await listen(id, alice, bob, { client: phone });
      await done(bob, "update_user", { changes: { status: "invisible" } });
      expect(await done(bob, "typing", { channel_id })).toEqual({});
      await done(bob, "update_user", { changes: { status: "online" } });
      await done(bob, "typing", { channel_id: other });
      // What each hears first is what was told first.
      for (const client of [alice.client, phone, bob.client]) {
        expect((await client.take("typing_started"))["data"]).toEqual({ channel_id: other, user_id: bob.id });
      }
    },
    async "is told once for a while, for each person and channel"() {
      const place = await aPlace(server);
      const { alice, bob, channel_id } = place;
      const other = await anotherChannel(place);
      await listen(channel_id, alice);
      await listen(other, alice);
      for (const id of [channel_id, channel_id, other, channel_id, other])
        await done(bob, "typing", { channel_id: id });
      await done(alice, "typing", { channel_id });
      for (const [place_id, user_id] of [
        [channel_id, bob.id],
        [other, bob.id],
        [channel_id, alice.id],
      ]) {
        const isThis = ({ type, data }: Frame) =>
          type === "typing_started" && data.channel_id === place_id && data.user_id === user_id;
        await alice.client.take(isThis);
      }
      expect(await alice.client.rest()).toEqual([]);
    },
  },
});

const state = (
  channel_id: number,
  last_read_id: number | null,
  last_message_id: number | null,
  unread: number,
  mentions: number,
) => ({
  ...{ channel_id, last_read_id, last_message_id, unread, mentions },
});

const readState = async (who: Pick<Present, "client">, server_id?: number): Promise<Json[]> =>
  (await done(who, "get_read_state", { server_id })).channels;

conversation("mark_read", {
  async success() {
    const { alice, bob, server_id, channel_id } = await aPlace(server);
    const phone = await server.connect(bob);
    const [first, second] = await postMany(alice, channel_id, 3);
    const reply = await bob.client.ask({ type: "mark_read", data: { channel_id, message_id: second.id } });
    expect(reply).toEqual({ id: reply["id"], type: "mark_read", data: {} });
    const event = {
      type: "read_state_changed",
      topic: "self",
      seq: expect.any(Number),
      data: { channel_id, last_read_id: second.id },
    };
    expect(await phone.rest()).toEqual([event]);
    expect(await bob.client.rest()).toEqual([]);
    expect(await alice.client.rest()).toEqual([]);
    expect(await readState(bob, server_id)).toMatchObject([{ last_read_id: second.id, unread: 1 }]);
    expect(first.id).toBeLessThan(second.id);
  },
  errors: {
    async not_found() {
      const place = await aPlace(server);
      const { alice, bob, mallory, channel_id } = place;
      const { id: message_id } = await post(alice, channel_id, "hello");
      const hidden = await anotherChannel(place, true);
      const secret = await post(alice, hidden, "secret");
      const unknown = await refusal(bob, "mark_read", { channel_id: 12345, message_id });
      expect(unknown).toMatchObject({ code: "not_found" });
      expect(await refusal(bob, "mark_read", { channel_id: hidden, message_id: secret.id })).toEqual(unknown);
      expect(await refusal(mallory, "mark_read", { channel_id, message_id })).toEqual(unknown);
    },
  },
  async malformed() {
    const place = await aPlace(server);
    const { alice, bob, channel_id } = place;
    const elsewhere = await post(alice, await anotherChannel(place), "elsewhere");
    const secret = await post(alice, await anotherChannel(place, true), "secret");
    const gone = await post(alice, channel_id, "gone");
    await done(alice, "delete_message", { message_id: gone.id });
    await malformed(bob, "mark_read", { message_id: 5 }, "channel_id");
    await malformed(bob, "mark_read", { channel_id }, "message_id");
    for (const message_id of [elsewhere.id, secret.id, gone.id, 12345, Number.MAX_SAFE_INTEGER, 0, "5"]) {
      await malformed(bob, "mark_read", { channel_id, message_id }, "message_id");
    }
  },
  also: {
    async "never goes back, and the same again tells nobody"() {
      const { alice, bob, server_id, channel_id } = await aPlace(server);
      const phone = await server.connect(bob);
      const [first, second, third] = await postMany(alice, channel_id, 3);
      for (const { id } of [second, first, second, third, first])
        await done(bob, "mark_read", { channel_id, message_id: id });
      const told = (await phone.rest()).map(({ data }) => data.last_read_id);
      expect(told).toEqual([second.id, third.id]);
      expect(await readState(bob, server_id)).toMatchObject([{ last_read_id: third.id, unread: 0 }]);
    },
    async "from two sessions at once, each hears of the other, in order"() {
      const { alice, bob, channel_id } = await aPlace(server);
      const [phone, third] = [await server.connect(bob), await server.connect(bob)];
      const messages = await postMany(alice, channel_id, 20);
      await Promise.all(
        messages.map(({ id }, index) =>
          done({ client: index % 2 ? phone : bob.client }, "mark_read", { channel_id, message_id: id }),
        ),
      );
      const seqs = (await third.rest()).map(({ seq, data }) => [seq, data.last_read_id]);
      expect(seqs).toEqual([...seqs].sort(([one], [other]) => one - other));
      expect(seqs.map(([, id]) => id)).toEqual([...seqs.map(([, id]) => id)].sort((one, other) => one - other));
      expect(seqs.at(-1)?.[1]).toBe(messages.at(-1)?.id);
    },
    async "needs no right to read history"() {
      const place = await aPlace(server);
      const { alice, bob, channel_id } = place;
      const { id: message_id } = await post(alice, channel_id, "hello");
      await deny(place, "read_history");
      expect(await done(bob, "mark_read", { channel_id, message_id })).toEqual({});
    },
  },
});

conversation("get_read_state", {
  async success() {
    const place = await aPlace(server);
    const { alice, bob, server_id, channel_id } = place;
    const other = await anotherChannel(place);
    await anotherChannel(place, true);
    const [first, , third] = await postMany(alice, channel_id, 3);
    const mention = await post(alice, other, `hey <@${bob.id}>`);
    await done(bob, "mark_read", { channel_id, message_id: first.id });
    const wanted = [state(channel_id, first.id, third.id, 2, 0), state(other, null, mention.id, 1, 1)];
    const reply = await bob.client.ask({ type: "get_read_state", data: { server_id } });
    expect(reply).toEqual({ id: reply["id"], type: "get_read_state", data: { channels: expect.any(Array) } });
    expect(reply["data"].channels.sort((one: Json, two: Json) => one.channel_id - two.channel_id)).toEqual(wanted);
  },
  errors: {
    async not_found() {
      const { mallory, server_id } = await aPlace(server);
      const unknown = await refusal(mallory, "get_read_state", { server_id: 12345 });
      expect(unknown).toMatchObject({ code: "not_found" });
      expect(await refusal(mallory, "get_read_state", { server_id })).toEqual(unknown);
    },
    async limit_reached() {
      const before = await startServer();
      const { alice, server_id } = await aPlace(before);
      const own = await before.restart();
      const columns = "id, server_id, name, position, overwrites, seq";
      const more = Array.from({ length: limits.read_states - 1 }, (_, index) => [Number.MAX_SAFE_INTEGER - index]);
      writeRows(own.folder, `insert into channels (${columns}) values (?, ${server_id}, 'more', 0, '[]', 1)`, more);
      const present = { ...alice, client: await own.connect(alice) };
      const answer = await done(present, "get_read_state");
      expect(answer.channels).toHaveLength(limits.read_states);
      expect(JSON.stringify(answer).length).toBeLessThan(limits.socket_backpressure_bytes);
      await foundServer(present);
      const refused = await refusal(present, "get_read_state", {});
      expect(refused).toMatchObject({ code: "limit_reached", details: { limit: "read_states" } });
      await own.stop();
    },
  },
  async malformed() {
    const { bob } = await aPlace(server);
    await malformed(bob, "get_read_state", { server_id: "all" }, "server_id");
    await malformed(bob, "get_read_state", { server_id: 0 }, "server_id");
  },
  also: {
    async "of all of one's servers, where one is in none as well"() {
      const { alice, bob, mallory, channel_id } = await aPlace(server);
      const second = await foundServer(alice);
      await inviteInto(second, alice, bob);
      const all = await readState(bob);
      expect(all).toHaveLength(2);
      expect(all).toContainEqual(state(channel_id, null, null, 0, 0));
      expect(await readState(mallory)).toEqual([]);
    },
    async "one's own messages are neither unread nor mentions"() {
      const { bob, server_id, channel_id } = await aPlace(server);
      const { id } = await post(bob, channel_id, `me: <@${bob.id}>`);
      expect(await readState(bob, server_id)).toEqual([state(channel_id, null, id, 0, 0)]);
    },
    async "what is read is no longer unread, and comes to other sessions alike"() {
      const { alice, bob, server_id, channel_id } = await aPlace(server);
      const phone = { client: await server.connect(bob) };
      const first = await post(alice, channel_id, `<@${bob.id}>`);
      const second = await post(alice, channel_id, `<@${bob.id}>`);
      await done(bob, "mark_read", { channel_id, message_id: first.id });
      expect(await readState(phone, server_id)).toEqual([state(channel_id, first.id, second.id, 1, 1)]);
      await done(phone, "mark_read", { channel_id, message_id: second.id });
      expect(await readState(bob, server_id)).toEqual([state(channel_id, second.id, second.id, 0, 0)]);
      expect(await readState(alice, server_id)).toEqual([state(channel_id, null, second.id, 0, 0)]);
    },
    async "unread and mentions are counted up to a bound"() {
      const { alice, bob, server_id, channel_id } = await aPlace(server);
      await postMany(alice, channel_id, limits.unread_count + 30, ` <@${bob.id}>`);
      expect(await readState(bob, server_id)).toMatchObject([
        { unread: limits.unread_count, mentions: limits.unread_count },
      ]);
    },
    async "a channel that can't be viewed isn't in it, and is as it was once it can"() {
      const place = await aPlace(server);
      const { alice, bob, server_id, channel_id } = place;
      const { id: message_id } = await post(alice, channel_id, "hello");
      await done(bob, "mark_read", { channel_id, message_id });
      await deny(place, "view_channel");
      expect(await readState(bob, server_id)).toEqual([]);
      expect(await readState(bob)).toEqual([]);
      await deny(place);
      expect(await readState(bob)).toEqual([state(channel_id, message_id, message_id, 0, 0)]);
    },
  },
});
