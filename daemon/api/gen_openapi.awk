# Turns openapi.json into a C text, without its indentation and with the version filled in.
# usage: awk -v version=VERSION -v digest=HEX -f daemon/api/gen_openapi.awk daemon/api/openapi.json >OUT.c

BEGIN {
	print "/* Made by daemon/api/gen_openapi.awk from daemon/api/openapi.json. */"
	print "#include \"api/openapi.h\"\n"
	print "const char openapi_text[] ="
}

{
	gsub(/@VERSION@/, version)
	sub(/^\t+/, "")
	gsub(/\\/, "&&")
	gsub(/"/, "\\\"")
	print "\t\"" $0 "\\n\""
}

END {
	print "\t;\n\nconst size_t openapi_len = sizeof(openapi_text) - 1;"
	print "const char openapi_etag[] = \"\\\"" version "-" digest "\\\"\";"
}
