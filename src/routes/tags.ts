// What a client says it has already.

/** Whether the request's `If-None-Match` names the tag. */
export function isKnown({ headers }: Request, etag: string): boolean {
  const tags = headers.get("if-none-match")?.split(",") ?? [];
  return tags.map((tag) => tag.trim().replace(/^W\//, "")).some((tag) => tag === etag || tag === "*");
}
