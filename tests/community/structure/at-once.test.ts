import { afterAll, beforeAll, expect, test } from "bun:test";
import { limits } from "../../../src/domain/limits.ts";
import { done, foundServer } from "../../harness/community.ts";
import { writeRows } from "../../harness/database.ts";
import { startServer, type TestServer } from "../../harness/server.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());

/** Makes the user a member of so many servers that room is left for one. */
function fillServers(user_id: number): void {
  const ids = Array.from({ length: limits.servers_per_user - 1 }, (_, index) => index + 1);
  const servers =
    "insert into servers (id, name, owner_id, default_role_id, num_members, created_at, seq) values (?, 's', 1, 1, 1, 0, 1)";
  writeRows(
    server.folder,
    servers,
    ids.map((id) => [id]),
  );
  const members = "insert into members (server_id, user_id, joined_at, seq, self_seq) values (?, ?, 0, 1, 1)";
  writeRows(
    server.folder,
    members,
    ids.map((id) => [id, user_id]),
  );
}

test("however many ways in are tried at once, nobody is in more servers than one may be", async () => {
  const [alice, bob] = await Promise.all([server.join(), server.join()]);
  fillServers(bob.id);
  const codes: string[] = [];
  for (let made = 0; made < 6; made += 1) {
    const server_id = await foundServer(alice);
    codes.push((await done(alice, "add_invite", { server_id })).invite.code);
  }
  const sessions = await Promise.all([...codes, ...codes].map(() => server.connect(bob)));
  const replies = await Promise.all(
    sessions.map((session, index) =>
      index < codes.length
        ? session.ask({ type: "join_server", data: { invite_code: codes[index] } })
        : session.ask({ type: "add_server", data: { name: "one more" } }),
    ),
  );
  const refused = replies.filter(({ code }) => code === "limit_reached");
  expect(refused).toHaveLength(replies.length - 1);
});
