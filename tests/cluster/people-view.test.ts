// What a node knows of people without being their owner, and tells the next one.

import { expect, test } from "bun:test";
import type { Gateway } from "../../src/actors/delivery/gateway.ts";
import { PeopleView } from "../../src/cluster/node/people-view.ts";

const [ONE, TWO, ALICE] = [31, 62, 1_000];

function viewOfTwo(): PeopleView {
  const view = new PeopleView({ people: () => [], isSubscribed: () => false } as unknown as Gateway);
  for (const session of [ONE, TWO]) {
    view.claimed({ session, user_id: ALICE });
    view.subscribed(session, `self:${ALICE}`, 5);
  }
  return view;
}

const listed = (view: PeopleView) =>
  view.list().sessions.map(({ session, told, is_active }) => [session, told, is_active]);

test("its sessions are listed with how far they were told, and with whether somebody sits before them", () => {
  const view = viewOfTwo();
  view.published(`self:${ALICE}`, '{"type":"server_added","topic":"self","seq":9,"data":{}}');
  view.active(TWO, false);
  expect(listed(view)).toEqual([
    [ONE, 9, true],
    [TWO, 9, false],
  ]);
  view.active(TWO, true);
  view.drop(ONE);
  view.active(ONE, false);
  expect(listed(view)).toEqual([[TWO, 9, true]]);
});
