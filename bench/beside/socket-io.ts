// Socket.IO beside orchard: installed from npm into a temporary folder, once a bench, and started there on Node, as it is
// used. The project doesn't depend on it.

import { rmSync } from "node:fs";
import { copyFile, mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** What is compared with. */
const SOCKET_IO = "socket.io@4.8.3";

const PROGRAM = "socket-io-server.mjs";
let installed: Promise<string> | null = null;

/** How it is started. */
export async function socketIoCommand(): Promise<string[]> {
  installed ??= install();
  return ["node", join(await installed, PROGRAM)];
}

async function install(): Promise<string> {
  if (Bun.which("node") === null) throw new Error("Socket.IO is run on Node, which is not on the path");
  const folder = await mkdtemp(join(tmpdir(), "orchard-beside-"));
  process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
  await Bun.write(join(folder, "package.json"), '{ "private": true }\n');
  const command = [process.execPath, "add", "--exact", "--silent", SOCKET_IO];
  const { exited, stderr } = Bun.spawn(command, { cwd: folder, stdin: "ignore", stdout: "ignore", stderr: "pipe" });
  const [exit_code, said] = await Promise.all([exited, new Response(stderr).text()]);
  if (exit_code !== 0) throw new Error(`${SOCKET_IO} could not be installed: ${said}`);
  await copyFile(join(import.meta.dir, PROGRAM), join(folder, PROGRAM));
  return folder;
}
