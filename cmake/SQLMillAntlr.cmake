# sqlmill_antlr_grammar(): sqlmill_antlr, the lexer and parser that ANTLR generates from grammar/ at build time, in a target of their own
# because generated code does not live up to this tree's warnings, and because the 4.7.2 tool writes u8"" literals as
# char (hence -fno-char8_t). The tool may be older than the runtime (Debian 12: 4.7.2 and 4.9), not newer than 4.9.2.
find_program(SQLMILL_ANTLR_TOOL antlr4 REQUIRED)
find_path(SQLMILL_ANTLR_INCLUDE antlr4-runtime.h PATH_SUFFIXES antlr4-runtime REQUIRED)
find_library(SQLMILL_ANTLR_LIBRARY NAMES libantlr4-runtime.a antlr4-runtime REQUIRED)

function(sqlmill_antlr_grammar)
  set(grammar ${PROJECT_SOURCE_DIR}/grammar)
  set(generated ${CMAKE_CURRENT_BINARY_DIR}/antlr)
  # The tool looks for the lexer's tokens beside the parser's grammar or in its output, hence the common directory.
  add_custom_command(
    OUTPUT ${generated}/SqlMillLexer.cpp ${generated}/SqlMillLexer.h ${generated}/SqlMillLexer.tokens
    COMMAND ${SQLMILL_ANTLR_TOOL} -Dlanguage=Cpp -Werror -no-listener -no-visitor -Xexact-output-dir -o ${generated}
            ${grammar}/SqlMillLexer.g4
    DEPENDS ${grammar}/SqlMillLexer.g4
    COMMENT "Generating the lexer"
    VERBATIM)
  add_custom_command(
    OUTPUT ${generated}/SqlMillParser.cpp ${generated}/SqlMillParser.h
    COMMAND ${SQLMILL_ANTLR_TOOL} -Dlanguage=Cpp -Werror -no-listener -no-visitor -Xexact-output-dir -lib ${generated}
            -o ${generated} ${grammar}/SqlMillParser.g4
    DEPENDS ${grammar}/SqlMillParser.g4 ${generated}/SqlMillLexer.tokens
    COMMENT "Generating the parser"
    VERBATIM)

  add_library(sqlmill_antlr STATIC ${generated}/SqlMillLexer.cpp ${generated}/SqlMillParser.cpp
              ${generated}/SqlMillLexer.h ${generated}/SqlMillParser.h lexer_base.cpp)
  target_compile_options(sqlmill_antlr PRIVATE -fno-char8_t -w)
  target_include_directories(sqlmill_antlr PUBLIC $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}>)
  target_include_directories(sqlmill_antlr SYSTEM PUBLIC ${SQLMILL_ANTLR_INCLUDE} ${generated})
  find_package(Threads REQUIRED)
  target_link_libraries(sqlmill_antlr PUBLIC ${SQLMILL_ANTLR_LIBRARY} Threads::Threads)
endfunction()
