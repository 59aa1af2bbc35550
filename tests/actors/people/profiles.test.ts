// A profile actor over a real store: what it stored last it doesn't read anew, and never goes by it where it is no longer
// so.

import { expect, spyOn, test } from "bun:test";
import { createCommit } from "../../../src/actors/commit/commit.ts";
import type { Actor } from "../../../src/actors/kernel/actor.ts";
import type { ProfileCalls } from "../../../src/actors/people/calls.ts";
import { type ProfileDependencies, profileKind } from "../../../src/actors/people/profiles.ts";
import type { Outcome } from "../../../src/protocol/outcome.ts";
import { success } from "../../../src/protocol/outcome.ts";
import { alice, bob, describeStore } from "../../db/describe-store.ts";

type Request = ProfileCalls["update"]["request"];
type Answer = Outcome<ProfileCalls["update"]["reply"]>;

describeStore("a profile actor", (db) => {
  let last_seq: number;

  /** Alice's; `told` are the calls of the registry. */
  function profile() {
    last_seq = 100;
    const told: string[] = [];
    const reads = spyOn(db.plain.users, "byId");
    reads.mockClear();
    const actors = {
      async request(_address: string, call: string) {
        told.push(call);
        last_seq += 1;
        return success({ seq: last_seq });
      },
      tell: (_address: string, call: string) => void told.push(call),
      ask(_address: string, call: string, _request: object, reply: (outcome: Outcome<object>) => void) {
        told.push(call);
        reply(success({ seen: call === "look" ? [] : { status: "online", playing: null } }));
      },
    };
    const on = { actors, store: db.plain, commit: createCommit(db.plain.writer.perform), clock: () => 5_000 };
    const { start } = profileKind(on as unknown as ProfileDependencies);
    const actor = start?.(String(alice)) as Actor<ProfileCalls>;
    const update = (changes: Request["changes"], uploader_id?: number) =>
      new Promise<Answer>((resolve, reject) => {
        const request = uploader_id === undefined ? { changes } : { changes, uploader_id };
        Promise.resolve(actor.receive.update(request, resolve as never)).catch(reject);
      });
    return { update, told, reads };
  }

  const stored = async () => (await db.plain.users.profiles([alice]))[0];

  test("what it stored is not read anew, and what is changed next is all there", async () => {
    const { update, told, reads } = profile();
    for (const status of ["idle", "dnd", "online", "invisible"] as const) {
      expect(await update({ status, custom_status: `is ${status}` })).toMatchObject({
        ok: true,
        value: { user: { name: "Alice", status, custom_status: `is ${status}` } },
      });
      expect(await stored()).toMatchObject({ status, custom_status: `is ${status}`, seq: last_seq });
    }
    expect(reads).toHaveBeenCalledTimes(1);
    expect(told).toEqual(Array.from({ length: 4 }, () => ["change_profile", "profile_changed"]).flat());
  });

  test("where it was changed elsewhere meanwhile, that is read, and nobody hears of the one in vain", async () => {
    const { update, told, reads } = profile();
    await update({ status: "idle" });
    await db.store.users.update(alice, { bio: "Elsewhere.", status: "dnd" }, 150);
    last_seq = 200;
    told.length = 0;
    expect(await update({ custom_status: "here" })).toMatchObject({
      value: { user: { bio: "Elsewhere.", status: "dnd", custom_status: "here" } },
    });
    expect(await stored()).toMatchObject({ bio: "Elsewhere.", status: "dnd", custom_status: "here", seq: 202 });
    expect(told).toEqual(["change_profile", "profile_unchanged", "change_profile", "profile_changed"]);
    expect(reads).toHaveBeenCalledTimes(2);
    await update({ status: "idle" });
    expect(reads).toHaveBeenCalledTimes(2);
  });

  test("that it is so already is said of what is stored", async () => {
    const { update, told } = profile();
    await update({ status: "idle" });
    await db.store.users.update(alice, { status: "dnd" }, 150);
    told.length = 0;
    expect(await update({ status: "idle" })).toMatchObject({ value: { user: { status: "idle" } } });
    expect(await stored()).toMatchObject({ status: "idle" });
    expect(told).toEqual(["change_profile", "profile_changed"]);
    told.length = 0;
    expect(await update({ status: "idle" })).toMatchObject({ value: { user: { status: "idle" } } });
    expect(told).toEqual(["look"]);
  });

  test("an account that has ended meanwhile is changed by nobody", async () => {
    const { update, told } = profile();
    await update({ status: "idle" });
    await db.removeUser(alice, 180);
    told.length = 0;
    expect(await update({ status: "dnd" })).toMatchObject({ ok: false, error: { code: "unavailable" } });
    expect(told).toEqual(["change_profile", "profile_unchanged"]);
  });

  test("a name that is taken changes nothing, and what comes after is read", async () => {
    const { update, reads } = profile();
    await update({ status: "idle" });
    expect(await update({ name: "BOB", bio: "x" })).toMatchObject({ ok: false, error: { code: "conflict" } });
    expect(await stored()).toMatchObject({ name: "Alice", bio: null, status: "idle" });
    expect(await update({ name: "Alicia" })).toMatchObject({ value: { user: { name: "Alicia", status: "idle" } } });
    expect(reads).toHaveBeenCalledTimes(3);
  });

  test("what another changed, a bot's owner, is read anew", async () => {
    const { update, reads } = profile();
    for (const bio of ["one", "two"]) await update({ bio }, bob);
    expect(reads).toHaveBeenCalledTimes(2);
    expect(await stored()).toMatchObject({ bio: "two" });
  });
});
