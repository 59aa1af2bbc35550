// Why a process can't be a node, as a sentence for the operator that begins with the variable to look at.
// Must not hold anything of what is secret: it is shown and logged.

export class ClusterFault extends Error {
  /** Whether starting again may help, without another configuration. */
  readonly again: boolean;

  constructor(reason: string, { again }: { again: boolean }) {
    super(reason);
    this.name = "ClusterFault";
    this.again = again;
  }
}

export const lastingFault = (reason: string) => new ClusterFault(reason, { again: false });
export const passingFault = (reason: string) => new ClusterFault(reason, { again: true });
