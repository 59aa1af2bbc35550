// How much longer a commit takes on the slow disk; apart from what makes it so, which acts as soon as it is imported.

export const SLOW_COMMIT_MS = 20;
