// Calls that are answered by somebody above the routes, mounted as they are.

import { Elysia } from "elysia";
import type { Asking } from "./http.ts";

/** A call as its route asks for it: `params` are the parts of the path that vary. */
export type PathAsking = Asking & { params: Readonly<Record<string, string>> };

export interface MountedCall {
  method: "GET" | "POST" | "DELETE";
  /** Below `/api/v1`. */
  path: string;
  handle(asking: PathAsking): Promise<Response>;
}

export function mounted(name: string, calls: readonly MountedCall[]) {
  const app = new Elysia({ name, prefix: "/api/v1" });
  for (const { method, path, handle } of calls) {
    // Where nothing of a path varies, Elysia has no `params`.
    const handler = ({ request, server, params }: Asking & Partial<PathAsking>) =>
      handle({ request, server, params: params ?? {} });
    app.route(method, path, handler, { parse: "none" });
  }
  return app;
}
