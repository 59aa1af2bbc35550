// People's names in every script, through every door by which they come in and out.

import { afterAll, beforeAll, expect, test } from "bun:test";
import { done, foundServer, inviteInto, refusal } from "../harness/community.ts";
import { PASSWORD, startServer, type TestServer } from "../harness/server.ts";
import { faulty, invisible, keepable } from "./texts.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());

/** Each with another spelling of it. */
const names = [
  ["Zoë", "ZOE\u0308"],
  ["Ξενία", "ΞΕΝΊΑ"],
  ["Марья", "МАРЬЯ"],
  ["Արամ", "ԱՐԱՄ"],
  ["ნინო", "ᲜᲘᲜᲝ"],
  ["ᏣᎳᎩ", "ꮳꮃꭹ"],
  ["𐐀𐐁𐐂", "𐐨𐐩𐐪"],
  ["𞤀𞤣𞤤", "𞤢𞤣𞤤"],
  ["ｔａｒｏ", "TARO"],
  ["ﾔﾏﾀﾞ", "ヤマダ"],
  ["한글", "한글".normalize("NFD")],
  ["יוסי", "יוסי"],
  ["محمّد", "محمّد"],
  ["अर्जुन", "अर्जुन"],
  ["สมชาย", "สมชาย"],
  ["小明", "小明"],
] as const;

test.each(names)("%p: registered, logged in, shown, asked for by another spelling", async (name, spelling) => {
  const registered = await server.call("POST", "/user/register", { username: name, password: PASSWORD });
  expect(registered.body).toMatchObject({ success: true, name });
  const again = await server.call("POST", "/user/register", { username: spelling, password: PASSWORD });
  expect(again.body).toMatchObject({ code: "conflict", details: { path: "username" } });
  const account = await server.login(spelling);
  expect(account).toMatchObject({ name });
  expect((await server.call("GET", "/user/profile", undefined, account.token)).body).toMatchObject({ name });
  const [person, friend] = [{ ...account, client: await server.connect(account) }, await server.join()];
  await done(friend, "add_friend", { name: spelling });
  expect(await person.client.ask({ type: "accept-friend-request", message: String(friend.id) })).toMatchObject({
    type: "success",
  });
  expect((await done(friend, "get_user", { user_id: person.id })).user).toMatchObject({ name });
  const server_id = await foundServer(friend);
  await inviteInto(server_id, friend, person);
  const filter = { name: spelling };
  const { members } = await done(friend, "get_server_members", { server_id, amount: 10, anchor: 0, filter });
  expect(members).toMatchObject([{ user_id: person.id, name }]);
  const { user } = await done(friend, "update_user", { changes: { name: `${name}_2` } });
  expect(user.name).toBe(`${name}_2`);
  expect(await refusal(friend, "update_user", { changes: { name: spelling } })).toMatchObject({ code: "conflict" });
});

test("whatever text is asked for as a name, it is the name, or a refusal that names the field", async () => {
  const { client } = await server.join();
  for (const text of [...keepable, ...faulty, ...invisible]) {
    const { status, body } = await server.call("POST", "/user/register", { username: text, password: PASSWORD });
    if (status === 201) expect(body.name).toBe(text);
    else
      expect([text, body]).toMatchObject([
        text,
        { message: expect.stringMatching(/./), details: { path: "username" } },
      ]);
    const reply = await client.ask({ type: "update_user", data: { changes: { name: text } } });
    expect([text, reply]).toMatchObject([
      text,
      { details: { path: "data.changes.name" }, code: status === 201 ? "conflict" : body.code },
    ]);
    const login = await server.call("POST", "/user/login", { username: text, password: PASSWORD });
    expect([text, login.status]).toEqual([text, status === 409 || status === 201 ? 200 : 401]);
    expect(await client.ask({ type: "send-friend-request", message: text })).toMatchObject({
      type: expect.stringMatching(/success|error/),
    });
  }
});
