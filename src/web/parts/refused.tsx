// Why there is nothing to see.

import type { RequestError } from "../../client/index.ts";

export const Refused = ({ error }: { error: RequestError | null }) =>
  error && (
    <p class="alert" role="alert">
      {error.message}
    </p>
  );
