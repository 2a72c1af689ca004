import { joinTerms, licenceTerms, termsAgainst, type LicenceTerms, type Purpose } from "./licence-terms.ts";
import { openShardDocuments } from "./shard-documents.ts";

/** Documents of one licence in a corpus of token shards. */
export interface LicenceShare {
  readonly licence: string | null;
  readonly terms: LicenceTerms;
  readonly documentCount: number;
  readonly tokenCount: number;
}

/** The licences of a corpus, by falling number of tokens, and what holds for a thing made from all of it. */
export interface CorpusLicences {
  readonly shares: readonly LicenceShare[];
  readonly terms: LicenceTerms;
}

/** Documents of one licence that a purpose is not open to. */
export interface LicenceConflict {
  readonly licence: string | null;
  readonly terms: LicenceTerms;
  readonly documentCount: number;
  readonly tokenCount: number;
  /** At most ten, in order. */
  readonly documentIds: readonly string[];
}

/**
 * The licences of the documents in one or more folders of token shards.
 *
 * @throws {DataError} a folder without documents
 *
 * @example
 * const { terms } = await corpusLicences(["shards/clinical", "shards/general"]);
 */
export async function corpusLicences(folders: readonly string[]): Promise<CorpusLicences> {
  const documents = await openShardDocuments(folders);
  const rows = await documents
    .sql<{ licence: string | null; documents: bigint; tokens: bigint }>(
      `SELECT licence, count(*) AS documents, sum(tokenCount)::BIGINT AS tokens
       FROM this GROUP BY licence ORDER BY tokens DESC, licence`,
    )
    .rows();
  const shares = rows.map(({ licence, documents: documentCount, tokens }): LicenceShare => ({
    licence,
    terms: licenceTerms(licence),
    documentCount: Number(documentCount),
    tokenCount: Number(tokens),
  }));
  return { shares, terms: joinTerms(shares.map(({ terms }) => terms)) };
}

/**
 * The documents of a corpus whose licence does not allow a purpose, by licence; none where all of it does.
 *
 * @throws {ArgumentError} an unknown purpose
 * @throws {DataError} a folder without documents
 */
export async function findLicenceConflicts(
  folders: readonly string[],
  purpose: Purpose,
): Promise<LicenceConflict[]> {
  const documents = await openShardDocuments(folders);
  const { shares } = await corpusLicences(folders);
  const found = termsAgainst(
    shares.map(({ licence }) => licence),
    purpose,
  );
  const against = shares
    .map((share, index) => ({ ...share, terms: found[index]! }))
    .filter(({ terms }) => terms.length > 0);
  return Promise.all(
    against.map(async ({ licence, terms, documentCount, tokenCount }) => {
      const rows = await documents
        .sql<{ id: string }>(
          "SELECT id FROM this WHERE licence IS NOT DISTINCT FROM $licence ORDER BY id LIMIT 10",
          { licence },
        )
        .rows();
      return { licence, terms, documentCount, tokenCount, documentIds: rows.map(({ id }) => id) };
    }),
  );
}
