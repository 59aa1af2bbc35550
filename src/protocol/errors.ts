// The closed lists of error codes and close codes. Nothing else may be answered or closed with.

export interface ErrorCodeLiteral {
  readonly http_status: number;
  readonly doc: string;
}

export const error_codes = {
  bad_request: { http_status: 400, doc: "The request is malformed; `details.path` names the field." },
  unknown_type: { http_status: 404, doc: "No message has this `type`, or no call this path." },
  unauthorized: { http_status: 401, doc: "Not logged in, or the name, password or token is wrong." },
  forbidden: { http_status: 403, doc: "Known to the caller, but not theirs to do." },
  not_found: { http_status: 404, doc: "Doesn't exist, or the caller may not know that it does." },
  conflict: {
    http_status: 409,
    doc: "Doesn't fit the present state: a name taken, a request already sent, a nonce of what was deleted since.",
  },
  too_large: { http_status: 413, doc: "The frame, body or file is larger than the limit." },
  rate_limited: {
    http_status: 429,
    doc: "Too much in too short a time; `details.retry_after_ms` says when to ask again.",
  },
  limit_reached: { http_status: 409, doc: "A limit on how many there may be; `details.limit` names it." },
  blocked: { http_status: 403, doc: "One of the two people has blocked the other." },
  suspended: {
    http_status: 403,
    doc: "The account is suspended, by who runs the server: `details.reason` says why and `details.until` how long, where that is known.",
  },
  offline: { http_status: 409, doc: "The person addressed has no open session." },
  locked: {
    http_status: 423,
    doc: "The server has no owner any more: it can be read and left, and not changed, until somebody is given it.",
  },
  unavailable: {
    http_status: 503,
    doc: "The server can't do it now, or can't tell whether it did: ask again, after `details.retry_after_ms` where that is known. A `nonce` keeps what was asked for from being made twice.",
  },
  internal: { http_status: 500, doc: "A fault of the server; the message carries a reference to its log." },
} as const satisfies Record<string, ErrorCodeLiteral>;

export type ErrorCode = keyof typeof error_codes;

/** What any message or call may be answered with; a literal lists only what it adds. */
export const common_errors = ["bad_request", "rate_limited", "unavailable", "internal"] as const satisfies ErrorCode[];
/** What any message that a room answers may be answered with besides. */
export const room_errors = ["locked"] as const satisfies ErrorCode[];
/** What a bot may be answered with besides, to a message that is for people only. */
export const bot_errors = ["forbidden"] as const satisfies ErrorCode[];
export type CommonError = (typeof common_errors)[number] | (typeof room_errors)[number];

export const close_codes = {
  bad_token: { code: 4001, doc: "The token is missing, malformed, expired or revoked." },
  token_revoked: {
    code: 4002,
    doc: "The token ended while the socket was open: log-out, password change, account deleted, or its time was up.",
  },
  suspended: { code: 4003, doc: "The account was suspended; logging in says why, and until when." },
  rate_abuse: { code: 4008, doc: "The client went on after `rate_limited`, or sent faster than it can be read." },
  too_slow: { code: 4009, doc: "The client doesn't read what it is sent." },
  too_many_sessions: { code: 4010, doc: "The user has as many open sessions as are allowed." },
  frame_too_big: { code: 1009, doc: "A frame above the hard limit." },
  server_fault: { code: 1011, doc: "A fault of the server; connect again." },
  server_restarting: { code: 1012, doc: "The server is stopping; connect again." },
} as const;

export type CloseReason = keyof typeof close_codes;
