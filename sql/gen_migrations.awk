# Turns the migrations into a C table of texts, the first at index 0.
# usage: awk -f sql/gen_migrations.awk sql/migrations/*.sql >OUT.c
#
# The files are numbered without a gap, 0001-….sql first, and are given in that order.

function fail(text) {
	printf "%s: %s\n", FILENAME, text >"/dev/stderr"
	failed = 1
	exit 1
}

BEGIN {
	print "/* Made by sql/gen_migrations.awk from sql/migrations. */"
	print "#include \"store/db_private.h\"\n"
	print "const char *const sql_migrations[] = {"
}

FNR == 1 {
	base = FILENAME
	sub(/^.*\//, "", base)
	count++
	if (base !~ /^[0-9][0-9][0-9][0-9]-[a-z0-9-]+\.sql$/ || substr(base, 1, 4) + 0 != count)
		fail("the name must be " sprintf("%04d", count) "-WHAT.sql")
	if (count > 1)
		print "\t,"
}

{
	if (/\\/ || /"/)
		fail("no backslash and no double quote in a migration")
	print "\t\"" $0 "\\n\""
}

END {
	if (failed)
		exit 1
	print "};\n\nconst unsigned sql_migrations_count = " count + 0 ";"
}
