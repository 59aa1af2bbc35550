import { expect, test } from "bun:test";
import { lazily, over } from "../../src/domain/lazily.ts";

interface Parts {
  one: { count: number };
  two: { count: number };
}

/** Parts that count how often each was made. */
function parts() {
  const made = { one: 0, two: 0 };
  const make = (name: keyof Parts) => () => {
    made[name] += 1;
    return { count: made[name] };
  };
  return { made, whole: lazily<Parts>({ one: make("one"), two: make("two") }) };
}

test("a part is made when it is first asked for, once", () => {
  const { made, whole } = parts();
  expect(made).toEqual({ one: 0, two: 0 });
  expect(whole.one).toBe(whole.one);
  expect(made).toEqual({ one: 1, two: 0 });
});

test("whoever copies it has all its parts", () => {
  const { whole } = parts();
  expect({ ...whole }).toEqual({ one: { count: 1 }, two: { count: 1 } });
});

test("what lies over it asks it for nothing that isn't wanted", () => {
  const { made, whole } = parts();
  const other = over(whole, { one: { count: 7 } });
  expect(other.one).toEqual({ count: 7 });
  expect(made).toEqual({ one: 0, two: 0 });
  expect(other.two).toBe(whole.two);
  expect(made).toEqual({ one: 0, two: 1 });
  expect(whole.one).toEqual({ count: 1 });
});

test("what a maker throws is thrown each time, until it makes something", () => {
  let fails = true;
  const whole = lazily<{ part: number }>({
    part() {
      if (fails) throw new Error("not yet");
      return 1;
    },
  });
  expect(() => whole.part).toThrow("not yet");
  fails = false;
  expect(whole.part).toBe(1);
});
