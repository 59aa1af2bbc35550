// What somebody has saved up to ask at once is begun a part in each turn of the event loop, all their sessions together,
// and what is answered at length is paid for afterwards.

import { describe, expect, test } from "bun:test";
import type { SessionId } from "../../../src/actors/delivery/gateway.ts";
import type { Allowance } from "../../../src/actors/session/allowances.ts";
import { Intake, type IntakeDependencies } from "../../../src/actors/session/intake.ts";
import type { Opened } from "../../../src/actors/session/opening.ts";
import { createTurns } from "../../../src/actors/session/turns.ts";
import { limits, rates } from "../../../src/domain/limits.ts";
import { success } from "../../../src/protocol/outcome.ts";

const TURN_TOKENS = 5;
const nextTurn = () => new Promise<void>((resolve) => void setImmediate(resolve));
const PING = JSON.stringify({ type: "ping" });
const GET = JSON.stringify({ type: "get_friends" });

function aHouse({ friends = [] as unknown[], of = {} as Partial<typeof rates> } = {}) {
  const sent: { session: SessionId; frame: string }[] = [];
  const owed: number[] = [];
  const closed: string[] = [];
  const shared: Allowance = { take: () => 0, wait: () => 0, owe: (tokens) => void owed.push(tokens) };
  const on = {
    ...{
      rate_limits: true,
      rates: { ...rates, ...of },
      bounds: limits,
      turns: createTurns(TURN_TOKENS),
      clock: () => 0,
    },
    gateway: {
      isCongested: () => false,
      subscriptions: () => 0,
      send: (session: SessionId, frame: string) => void sent.push({ session, frame }),
    },
    handlers: {
      ping: (_request: unknown, _from: unknown, reply: (outcome: unknown) => void) => reply(success({ type: "pong" })),
      get_friends: (_request: unknown, _from: unknown, reply: (outcome: unknown) => void) =>
        reply(success({ friends })),
    },
    onReply() {},
    onRateLimited() {},
  } as unknown as IntakeDependencies;
  const session = (id: SessionId, user_id: number) => {
    const from = { id: user_id, session: id, address: "::1" };
    const opened = { from, expires_ms: 1, shared: [shared] } as unknown as Opened;
    const intake: Intake = new Intake(on, opened, {
      close(reason) {
        closed.push(reason);
        intake.end();
      },
    });
    return intake;
  };
  const answers = () => sent.splice(0).map(({ session: id, frame }) => `${id} ${JSON.parse(frame).type}`);
  return { session, answers, owed, closed };
}

describe("requests sent at once", () => {
  test("are begun a part in each turn, and answered in their order", async () => {
    const { session, answers } = aHouse();
    const intake = session(1, 10);
    for (let sent = 0; sent < 12; sent += 1) intake.take(PING);
    const turns: number[] = [];
    for (let turn = 0; turn < 4; turn += 1) {
      await nextTurn();
      turns.push(answers().length);
    }
    expect(turns.reduce((sum, count) => sum + count, 0)).toBe(12);
    expect(Math.max(...turns)).toBeLessThanOrEqual(2 * TURN_TOKENS);
    expect(turns.filter((count) => count > 0).length).toBeGreaterThan(1);
  });

  test("hold up nobody else: another user's is begun in the same turn", () => {
    const { session, answers } = aHouse();
    const [alice, bob] = [session(1, 10), session(2, 20)];
    for (let sent = 0; sent < 100; sent += 1) alice.take(PING);
    bob.take(PING);
    expect(answers().at(-1)).toBe("2 pong");
  });

  test("count together, whichever of a user's sessions they come from", async () => {
    const { session, answers } = aHouse();
    const [phone, desk] = [session(1, 10), session(2, 10)];
    phone.charge(TURN_TOKENS);
    phone.take(PING);
    desk.take(PING);
    expect(answers()).toEqual([]);
    await nextTurn();
    expect(answers()).toEqual(["1 pong", "2 pong"]);
  });

  test("are all answered before a session that goes on is closed, as far as they were refused", () => {
    const of = { session_requests: { burst: 20, per_s: 1 }, session_refusals: { burst: 3, per_s: 1 } } as never;
    const { session, answers, closed } = aHouse({ of });
    const intake = session(1, 10);
    for (let sent = 0; sent < 30 && !intake.is_over; sent += 1) intake.take(PING);
    expect(closed).toEqual(["rate_abuse"]);
    expect(answers().filter((answer) => answer === "1 error")).toHaveLength(3);
  });

  test("find room, however many the operator lets a session ask at once", async () => {
    const of = { session_requests: { burst: 3 * limits.session_queue, per_s: 1 } } as never;
    const { session, answers, closed } = aHouse({ of });
    const intake = session(1, 10);
    const count = 3 * limits.session_queue;
    for (let sent = 0; sent < count; sent += 1) intake.take(PING);
    let answered = 0;
    for (let turn = 0; turn < count && answered < count; turn += 1) {
      await nextTurn();
      answered += answers().length;
    }
    expect([answered, closed]).toEqual([count, []]);
  });

  test("of a session that has ended meanwhile are not begun", async () => {
    const { session, answers } = aHouse();
    const intake = session(1, 10);
    intake.charge(TURN_TOKENS);
    intake.take(PING);
    intake.end();
    await nextTurn();
    expect(answers()).toEqual([]);
  });
});

describe("a long reply", () => {
  test("costs by its length, after it: whoever shares with the session owes it, and the session is refused", async () => {
    const long = aHouse({ friends: ["x".repeat(limits.reply_length_per_token * 700)] });
    const intake = long.session(1, 10);
    intake.take(GET);
    expect(long.answers()).toEqual(["1 get_friends"]);
    expect(long.owed).toEqual([700]);
    intake.take(PING);
    await nextTurn();
    expect(long.answers()).toEqual(["1 error"]);
  });

  test("below that costs nothing more", () => {
    const short = aHouse();
    short.session(1, 10).take(GET);
    expect(short.owed).toEqual([]);
  });
});
