// Ends what all test files of a process share once that process has ended, however it did: with several processes the
// runner calls its last hook after each file, and lets none be called at its end.

/** While it is held, its input is open; it closes with this process. */
const keepers: Bun.Subprocess[] = [];

/** Kills the process and removes its folder when this process has ended. */
export function endWithUs(pid: number, folder: string): void {
  const command = ["sh", "-c", 'cat > /dev/null; kill -9 "$0"; rm -rf "$1"', String(pid), folder];
  const keeper = Bun.spawn(command, { stdin: "pipe", stdout: "ignore", stderr: "ignore" });
  keeper.unref();
  keepers.push(keeper);
}
