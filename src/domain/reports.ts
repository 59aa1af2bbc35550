// What a report keeps of what was reported, as it was then: the message with those around it, or how the person looked.

/** A message as it was when somebody reported it or one beside it. */
export interface WitnessedMessage {
  readonly id: number;
  readonly author_id: number;
  readonly content: string;
  readonly created_at: number;
  readonly edited_at: number | null;
  readonly attachments: readonly number[];
}

/** How a person presented themselves. */
export interface WitnessedPerson {
  readonly name: string;
  readonly profile_pic: string | null;
  readonly bio: string | null;
  readonly custom_status: string | null;
}

export interface Evidence {
  readonly person: WitnessedPerson | null;
  /** Ascending by id: the reported message among its neighbours. */
  readonly messages: readonly WitnessedMessage[];
}

/** `message_id` is 0 where a person was reported, and then there is no place. */
export interface Report {
  readonly id: number;
  readonly reporter_id: number;
  readonly user_id: number;
  readonly message_id: number;
  readonly server_id: number | null;
  readonly channel_id: number | null;
  readonly reason: string;
  readonly evidence: Evidence;
  readonly created_at: number;
  readonly closed_at: number | null;
}

/** One that is kept. `person_id`: who stands behind the reported account, of a bot its owner. */
export interface StandingReport extends Report {
  readonly person_id: number;
}
