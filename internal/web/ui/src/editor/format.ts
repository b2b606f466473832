import { formatDialect, redshift, sql, trino } from "sql-formatter";

const dialects = { trino, redshift, partiql: sql };

/** formatSql lays a statement out anew; text that the formatter does not understand is an error. */
export function formatSql(text: string, dialect: string): string {
  return formatDialect(text, {
    dialect: dialects[dialect as keyof typeof dialects] ?? sql, keywordCase: "upper", tabWidth: 2, linesBetweenQueries: 1,
    paramTypes: { named: [":"], numbered: dialect === "redshift" ? ["$"] : [], positional: dialect !== "redshift" },
  });
}
