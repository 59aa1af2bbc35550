// Where slots lie, as a node acts on it: never ahead of the words of whoever had them.

import { describe, expect, test } from "bun:test";
import { SlotView } from "../../src/cluster/node/slot-view.ts";

const SLOT = 7;
const [A, B, C] = [1, 2, 3];

/** A view in which the slot is A's, in epoch 5. */
function viewOf(): SlotView {
  const view = new SlotView();
  view.learn(SLOT, { epoch: 5, node: A });
  return view;
}

describe("a slot", () => {
  test("that nobody had is followed as soon as it is known whose it is", () => {
    const view = new SlotView();
    expect(view.learn(SLOT, { epoch: 1, node: null })).toEqual({ slot: SLOT, now: { epoch: 1, node: null } });
    expect(view.learn(SLOT, { epoch: 2, node: A })).toEqual({ slot: SLOT, now: { epoch: 2, node: A } });
  });

  test("is followed to its next owner when the one before has let go, and not before", () => {
    const view = viewOf();
    expect(view.learn(SLOT, { epoch: 6, node: B })).toBeNull();
    expect(view.of(SLOT)).toEqual({ epoch: 5, node: A });
    expect(view.letGo(SLOT, A, 6)).toEqual({ slot: SLOT, now: { epoch: 6, node: B } });
  });

  test("is nobody's while it is let go and not known to be anybody's", () => {
    const view = viewOf();
    expect(view.letGo(SLOT, A, 6)).toEqual({ slot: SLOT, now: { epoch: 5, node: null } });
    expect(view.learn(SLOT, { epoch: 6, node: B })).toEqual({ slot: SLOT, now: { epoch: 6, node: B } });
  });

  test("that moved twice waits for the first owner's word alone, and is followed to the last", () => {
    const view = viewOf();
    view.learn(SLOT, { epoch: 7, node: C });
    expect(view.letGo(SLOT, B, 7)).toBeNull();
    expect(view.letGo(SLOT, A, 6)).toEqual({ slot: SLOT, now: { epoch: 7, node: C } });
    expect(view.letGo(SLOT, B, 7)).toBeNull();
  });

  test("whose next owner let go before the first one did doesn't wait for it once more", () => {
    const view = viewOf();
    view.learn(SLOT, { epoch: 6, node: B });
    expect(view.letGo(SLOT, B, 7)).toBeNull();
    expect(view.letGo(SLOT, A, 6)).toEqual({ slot: SLOT, now: { epoch: 6, node: null } });
    expect(view.learn(SLOT, { epoch: 7, node: C })).toEqual({ slot: SLOT, now: { epoch: 7, node: C } });
    // It said nothing of what it has later.
    view.learn(SLOT, { epoch: 8, node: B });
    expect(view.letGo(SLOT, C, 8)).toEqual({ slot: SLOT, now: { epoch: 8, node: B } });
  });

  test("whose next owner let go before the first one was lost doesn't wait for it either", () => {
    const view = viewOf();
    view.learn(SLOT, { epoch: 6, node: B });
    view.letGo(SLOT, B, 7);
    expect(view.lost(A)).toEqual([{ slot: SLOT, now: { epoch: 6, node: null } }]);
  });

  test("that came back isn't let go by an older word", () => {
    const view = viewOf();
    view.learn(SLOT, { epoch: 6, node: B });
    view.letGo(SLOT, A, 6);
    view.learn(SLOT, { epoch: 7, node: A });
    view.letGo(SLOT, B, 7);
    expect(view.letGo(SLOT, A, 6)).toBeNull();
    expect(view.of(SLOT)).toEqual({ epoch: 7, node: A });
  });

  test("of a lost node is followed to whoever is known to have it; the others stay with it", () => {
    const view = viewOf();
    view.learn(8, { epoch: 5, node: A });
    view.learn(SLOT, { epoch: 6, node: B });
    expect(view.lost(A)).toEqual([{ slot: SLOT, now: { epoch: 6, node: B } }]);
    expect(view.slotsOf(A)).toEqual([8]);
  });

  test("is never known to be what it was in an older epoch", () => {
    const view = viewOf();
    expect(view.learn(SLOT, { epoch: 4, node: B })).toBeNull();
    view.letGo(SLOT, A, 6);
    expect(view.learn(SLOT, { epoch: 5, node: B })).toBeNull();
    expect(view.of(SLOT).node).toBeNull();
  });
});
