// insert DATABASE ROWS: inserts rows one commit each, WAL and synchronous=FULL, and says each number once it is
// committed. A checkpoint comes every few commits. Goes on from where an earlier run stopped.
// insert DATABASE: says "ok" and the number of rows, where the database is sound and its rows are 1 ... n.
// insert DATABASE ROWS checked: the check, then the rows.

#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static sqlite3 *database;

static void run(const char *text)
{
    char *error = NULL;
    if (sqlite3_exec(database, text, NULL, NULL, &error) == SQLITE_OK) return;
    fprintf(stderr, "%s: %s\n", text, error);
    exit(1);
}

static int number(const char *query)
{
    sqlite3_stmt *statement;
    if (sqlite3_prepare_v2(database, query, -1, &statement, NULL) != SQLITE_OK) return -1;
    int value = sqlite3_step(statement) == SQLITE_ROW ? sqlite3_column_int(statement, 0) : -1;
    sqlite3_finalize(statement);
    return value;
}

static int check(void)
{
    sqlite3_stmt *statement;
    if (sqlite3_prepare_v2(database, "PRAGMA integrity_check", -1, &statement, NULL) != SQLITE_OK
        || sqlite3_step(statement) != SQLITE_ROW) {
        printf("unreadable: %s\n", sqlite3_errmsg(database));
        return 1;
    }
    const char *answer = (const char *)sqlite3_column_text(statement, 0);
    int rows = number("SELECT count(*) FROM t"), highest = number("SELECT coalesce(max(id), 0) FROM t");
    int lengths = number("SELECT count(*) FROM t WHERE length(text) != 300");
    if (rows < 0) rows = highest = lengths = 0; // no table yet
    int sound = strcmp(answer, "ok") == 0 && rows == highest && lengths == 0;
    printf("%s %d\n", sound ? "ok" : answer, rows);
    fflush(stdout); // before the rows are announced around it
    sqlite3_finalize(statement);
    return !sound;
}

int main(int count, char **arguments)
{
    if (count < 2 || sqlite3_open(arguments[1], &database) != SQLITE_OK) return 2;
    if (count != 3 && check() != 0) return 1;
    if (count == 2) return 0;
    run("PRAGMA journal_mode=WAL");
    run("PRAGMA synchronous=FULL");
    run("PRAGMA wal_autocheckpoint=12");
    run("CREATE TABLE IF NOT EXISTS t (id INTEGER PRIMARY KEY, text TEXT)");
    int first = number("SELECT coalesce(max(id), 0) FROM t") + 1;
    for (int i = first; i < first + atoi(arguments[2]); i++) {
        char query[512], said[32];
        snprintf(query, sizeof query, "INSERT INTO t VALUES (%d, substr('%0300d', 1, 300))", i, i);
        run(query);
        int length = snprintf(said, sizeof said, "committed %d\n", i);
        if (write(1, said, (size_t)length) != length) return 3;
    }
    sqlite3_close(database);
    return 0;
}
