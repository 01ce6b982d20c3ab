# cmake -DOUT=templates.cpp -DFILES=a;b -P EmbedTemplates.cmake: the files as string literals, by name without `.tmpl`.
set(body "")
foreach(file ${FILES})
  file(READ ${file} text)
  get_filename_component(name ${file} NAME)
  string(REGEX REPLACE "\\.tmpl$" "" name ${name})
  string(APPEND body "    {\"${name}\", R\"TEMPLATE(${text})TEMPLATE\"},\n")
endforeach()
file(WRITE ${OUT} "#include \"compiler/codegen/templates.h\"

#include <cstdio>
#include <cstdlib>
#include <utility>

namespace sqlmill::codegen {

namespace {

constexpr std::pair<std::string_view, std::string_view> kTemplates[] = {
${body}};

}  // namespace

std::string_view find_template(std::string_view name) {
  for (const auto& [known, text] : kTemplates) {
    if (known == name) return text;
  }
  std::fprintf(stderr, \"fault: there is no template %.*s\\n\", static_cast<int>(name.size()), name.data());
  std::abort();
}

}  // namespace sqlmill::codegen
")
