import { afterAll, beforeAll, expect } from "bun:test";
import { readRows } from "../harness/database.ts";
import { command, operation } from "../harness/operators.ts";
import { startServer, type TestServer } from "../harness/server.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());

const isGood = async (token: string) => (await server.call("GET", "/validate_jwt", undefined, token)).status === 200;
const rotate = (...options: string[]) => command(server, "secret", "rotate", "--json", ...options);

operation("secret.rotate", {
  async command() {
    const [alice, bob] = [await server.join(), await server.join()];
    expect((await rotate()).json).toEqual({ success: true, logins_ended: 2 });
    expect((await alice.client.closed).code).toBe(4002);
    expect((await bob.client.closed).code).toBe(4002);
    expect(await isGood(alice.token)).toBe(false);
    const again = await server.login(alice.name);
    expect(await isGood(again.token)).toBe(true);
    server = await server.restart();
    expect(await isGood(again.token)).toBe(true);
    expect(await isGood(bob.token)).toBe(false);
    expect(readRows(server.folder, "select type, details from operation_entries")).toEqual([
      { type: "secret.rotate", details: '{"keep_logins":false}' },
    ]);
  },
  http: null,
  errors: {
    async conflict() {
      const own = await startServer({ jwt_secret: "x".repeat(32) });
      const { code, err } = await command(own, "secret", "rotate");
      expect(code).toBe(1);
      expect(err).toContain("ORCHARD_JWT_SECRET");
      await own.stop();
    },
  },
  also: {
    async "what is logged in stays so with --keep-logins, until a secret is made without"() {
      const alice = await server.join();
      for (let times = 0; times < 2; times += 1) expect((await rotate("--keep-logins")).code).toBe(0);
      const bob = await server.user();
      expect(await alice.client.rest()).toEqual([]);
      server = await server.restart();
      expect([await isGood(alice.token), await isGood(bob.token)]).toEqual([true, true]);
      expect((await rotate()).code).toBe(0);
      expect([await isGood(alice.token), await isGood(bob.token)]).toEqual([false, false]);
    },
  },
});
