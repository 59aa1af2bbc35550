import { expect, test } from "bun:test";
import { type Rule, rule_names } from "../../src/domain/permissions.ts";
import { silencedUntil } from "../../src/domain/timeouts.ts";

const NOW = 1_000;
const owner = true;

test.each<[string, number | null, boolean, Rule[], number | null]>([
  ["who isn't timed out", null, !owner, ["send_messages"], null],
  ["who is", NOW + 1, !owner, ["send_messages"], NOW + 1],
  ["who is, attaching", NOW + 1, !owner, ["send_messages", "attach_files"], NOW + 1],
  ["who is, reacting", NOW + 1, !owner, ["read_history", "add_reactions"], NOW + 1],
  ["who is, reading", NOW + 1, !owner, ["view_channel", "read_history"], null],
  ["who is, asking for nothing", NOW + 1, !owner, [], null],
  ["whose timeout is over at this moment", NOW, !owner, ["send_messages"], null],
  ["whose timeout was long ago", 1, !owner, ["send_messages"], null],
  ["the owner", NOW + 1, owner, ["send_messages"], null],
])("%s", (_, timed_out_until, is_owner, rules, until) => {
  expect(silencedUntil({ timed_out_until }, is_owner, rules, NOW)).toBe(until);
});

test("what one may do that isn't saying something stays", () => {
  const silenced = rule_names.filter((rule) => silencedUntil({ timed_out_until: NOW + 1 }, !owner, [rule], NOW));
  expect(silenced).toEqual(["send_messages", "add_reactions", "attach_files", "mention_everyone", "manage_webhooks"]);
});
