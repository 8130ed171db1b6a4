# Turns named statements into C: an enum of their names, and a table of their texts.
# usage: awk -v header=OUT.h -v source=OUT.c -f sql/gen_queries.awk sql/queries/*.sql
#
# A statement is "-- name: TABLE_VERB", comments, and the text up to the next name. Comments are
# left out of the text. The header's name must be sql_queries.h.

function fail(text) {
	printf "%s:%d: %s\n", FILENAME, FNR, text >"/dev/stderr"
	failed = 1
	exit 1
}

/^-- name: / {
	name = $3
	if (NF != 3 || name !~ /^[A-Z][A-Z0-9_]*$/)
		fail("a name is upper case letters, digits and underscores")
	if (name in seen)
		fail("the name " name " is taken")
	seen[name] = 1
	names[++count] = name
	next
}

/^[ \t]*--/ || /^[ \t]*$/ { next }

{
	if (count == 0)
		fail("a statement needs a line \"-- name: …\" before it")
	if (/\\/ || /"/)
		fail("no backslash and no double quote in a statement")
	if (/--/)
		fail("a comment stands on a line of its own")
	sub(/[ \t]+$/, "")
	text[count] = text[count] "\n\t  \"" $0 "\\n\""
}

END {
	if (failed)
		exit 1
	print "/* Made by sql/gen_queries.awk from sql/queries. */" >header
	print "#ifndef MAAXD_SQL_QUERIES_H\n#define MAAXD_SQL_QUERIES_H\n" >header
	print "enum sql_id {" >header
	for (i = 1; i <= count; i++)
		print "\tSQL_" names[i] "," >header
	print "\tSQL_MAX\n};\n" >header
	print "struct sql_query {\n\tconst char *name;\n\tconst char *text;\n};\n" >header
	print "extern const struct sql_query sql_queries[SQL_MAX];\n\n#endif" >header

	print "/* Made by sql/gen_queries.awk from sql/queries. */" >source
	print "#include \"sql_queries.h\"\n" >source
	print "const struct sql_query sql_queries[SQL_MAX] = {" >source
	for (i = 1; i <= count; i++) {
		if (text[i] == "") {
			printf "the statement %s is empty\n", names[i] >"/dev/stderr"
			exit 1
		}
		print "\t[SQL_" names[i] "] = {\n\t  \"" names[i] "\"," text[i] "\n\t}," >source
	}
	print "};" >source
}
