import { expect, test } from "bun:test";
import { judgePicture } from "../../src/actors/pictures.ts";
import type { Store } from "../../src/db/store.ts";

const alice = 1;
const key = "gz_OysgQ-MpZ-UmaVuDpXg";
/** Alice has the images 7 and 5, which is from before there were keys, and the file 6; somebody else has 8. */
const of_alice = [
  { id: 5, key: null, type: "image/gif" },
  { id: 6, key, type: "application/pdf" },
  { id: 7, key, type: "image/png" },
];
const uploads = {
  ownedBy: async (user_id: number, ids: number[]) =>
    user_id === alice ? of_alice.filter((one) => ids.includes(one.id)) : [],
};
const store = { uploads } as unknown as Pick<Store, "uploads">;

test.each([
  "https://pictures.example/alice.png",
  "HTTPS://pictures.example/?of=alice#face",
  "https://pictures.example/älice%20?of='(a)'&with=[b]",
  "/api/v1/uploads/5",
  "/api/v1/uploads/7",
  `/api/v1/uploads/7/${key}`,
  `https://orchard.example/below/api/v1/uploads/7/${key}`,
  "http://localhost:3000/api/v1/uploads/7",
  "https://orchard.example/below/api/v1/uploads/7",
])("%s is a picture", async (url) => {
  const own = url.includes("/uploads/") ? Number(/uploads\/(\d)/.exec(url)?.[1]) : null;
  expect(await judgePicture(store, alice, url, "image")).toEqual({ ok: true, value: own });
});

test.each([
  "",
  "alice.png",
  "/alice.png",
  "//pictures.example/alice.png",
  "http://pictures.example/alice.png",
  "https://",
  "https:alice.png",
  "javascript:alert(1)",
  "javascript:alert(1)//x/api/v1/uploads/7",
  "data:image/png;base64,AAAA",
  'https://pictures.example/"onerror="alert(1)',
  "https://pictures.example/<script>",
  "https://pictures.example/alice.png\n[admin] all is well",
  "https://pictures.example/\u202egnp.ecila",
  "https://pic\u200btures.example/alice.png",
  "https://pictures.example/\u001b[2J",
  "https://pictures.example/a lice.png",
  'https://x"><script>/api/v1/uploads/7',
  "https://x/\n/api/v1/uploads/7",
  "/api/v1/uploads/8",
  `/api/v1/uploads/8/${key}`,
  `/api/v1/uploads/6/${key}`,
  `/api/v1/uploads/5/${key}`,
  "/api/v1/uploads/7/AAAAAAAAAAAAAAAAAAAAAA",
  `/api/v1/uploads/7/${key}A`,
  `/api/v1/uploads/7/${key}/`,
  "/api/v1/uploads/07",
  "/api/v1/uploads/7/",
  "/api/v1/uploads/7?size=1",
  "/api/v1/uploads/-7",
  "below/api/v1/uploads/7",
  "http://localhost:3000/api/v1/uploads/8",
])("%s is none", async (url) => {
  expect(await judgePicture(store, alice, url, "image")).toMatchObject({
    error: { code: "bad_request", details: { path: "image" } },
  });
});
