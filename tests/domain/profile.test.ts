import { expect, test } from "bun:test";
import { profileDiff } from "../../src/domain/profile.ts";

const alice = {
  name: "alice",
  profile_pic: null,
  bio: "Apples.",
  status: "online",
  custom_status: null,
  dms: "servers",
} as const;

test("a wish that is already so changes nothing", () => {
  expect(profileDiff(alice, {})).toEqual({});
  expect(profileDiff(alice, { ...alice })).toEqual({});
  expect(profileDiff(alice, { bio: undefined })).toEqual({});
});

test("what differs is left, a value that is cleared too", () => {
  expect(profileDiff(alice, { ...alice, name: "Alice" })).toEqual({ name: "Alice" });
  expect(profileDiff(alice, { bio: null, custom_status: "away", status: "online" })).toEqual({
    bio: null,
    custom_status: "away",
  });
});
