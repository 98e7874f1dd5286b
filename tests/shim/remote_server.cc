// A server in a process of its own: `conformance_server API DIRECTORY TEST` counts into a segment
// in DIRECTORY under the constant label test="TEST", and publishes DIRECTORY/TEST.pem if it is
// there. It writes its port to standard output, obeys the lines "close" and "open" (the handlers'
// entry) of its standard input, says "arrived" for each handler that "await" waits for, and ends at
// the end of the input.
#include <filesystem>
#include <iostream>
#include <string>

#include "tests/shim/segment_values.h"
#include "tests/shim/test_server.h"

namespace {

shmx::test::ServerApi api_named(const std::string& name) {
  for (const auto api : {shmx::test::ServerApi::callback, shmx::test::ServerApi::async}) {
    if (name == to_string(api)) {
      return api;
    }
  }
  return shmx::test::ServerApi::sync;
}

void obey(const std::string& line, shmx::test::TestServer& server) {
  if (line == "close") {
    server.entry().close();
    std::cout << "closed" << std::endl;
  } else if (line == "open") {
    server.entry().open();
  } else if (line == "await" && server.entry().await_arrivals(1)) {
    std::cout << "arrived" << std::endl;
  } else if (line == "await closed" && server.await_closed(1)) {
    std::cout << "closed" << std::endl;
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) {
    std::cerr << "usage: conformance_server API DIRECTORY TEST\n";
    return 2;
  }
  shmx::ServerOptions options;
  options.process.service = "conformance-server";
  options.process.directory = argv[2];
  if (const auto chain = options.process.directory + "/" + argv[3] + ".pem";
      std::filesystem::exists(chain)) {
    options.process.certificate_chain_file = chain;
  }
  options.handling_time_histogram = true;
  options.constant_labels = {{std::string(shmx::test::kTestLabel), argv[3]}};
  shmx::test::TestServer server(api_named(argv[1]), options);
  std::cout << server.port() << std::endl;
  std::string line;
  while (std::getline(std::cin, line)) {
    obey(line, server);
  }
  return 0;
}
