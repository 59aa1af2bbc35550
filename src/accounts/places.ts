// From where somebody logs in. An address is personal data: what is kept of it is a hash, keyed with the secret that
// signs tokens and with the user, so that the database alone says neither the address nor who shares it.

/** The place of a user at an address; null where the address isn't known. */
export type PlaceOf = (user_id: number, address: string) => string | null;

/** No token is signed over a text with a colon in it. */
export function createPlaces(secret: string): PlaceOf {
  return (user_id, address) => {
    if (address === "") return null;
    return new Bun.CryptoHasher("sha256", secret).update(`place:${user_id}:${address}`).digest("base64url");
  };
}
