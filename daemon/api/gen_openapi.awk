# Turns openapi.json into a C text, with the version filled in.
# usage: awk -v version=VERSION -f daemon/api/gen_openapi.awk daemon/api/openapi.json >OUT.c

BEGIN {
	print "/* Made by daemon/api/gen_openapi.awk from daemon/api/openapi.json. */"
	print "#include \"api/openapi.h\"\n"
	print "const char openapi_text[] ="
}

{
	gsub(/@VERSION@/, version)
	gsub(/\\/, "\\\\")
	gsub(/"/, "\\\"")
	print "\t\"" $0 "\\n\""
}

END {
	print "\t;\n\nconst size_t openapi_len = sizeof(openapi_text) - 1;"
}
