// otlp_receiver: the strict receiver as a program. Its first line says where it listens; then it
// answers each line of stdin (control.h) and ends with it.
#include <CLI/CLI.hpp>
#include <exception>
#include <iostream>
#include <string>

#include "tests/agent/push/receiver/control.h"

namespace {

int run(int argc, char** argv) {
  shmx::testing::ReceiverOptions options;
  shmx::testing::ServerTls tls;
  bool count_only = false;
  CLI::App app("A strict OTLP receiver for tests");
  auto* const certificate = app.add_option("--certificate", tls.certificate, "PEM file: TLS");
  app.add_option("--key", tls.key, "PEM file")->needs(certificate);
  app.add_option("--client-authorities", tls.client_authorities, "PEM file: clients show one too")
      ->needs(certificate);
  app.add_option("--path", options.path, "The right path of HTTP");
  app.add_option("--max-request-bytes", options.reception.max_request_bytes, "Uncompressed");
  app.add_flag("--count-only", count_only, "Counts points, checks and keeps nothing");
  CLI11_PARSE(app, argc, argv);
  options.reception.keep = !count_only;
  if (!tls.certificate.empty()) options.tls = tls;

  shmx::testing::Receiver receiver(options);
  std::cout << shmx::testing::urls_of(receiver) << std::endl;
  for (std::string line; std::getline(std::cin, line);) {
    std::cout << shmx::testing::obey(receiver, line) << std::endl;
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const std::exception& error) {
    std::cerr << "otlp_receiver: " << error.what() << "\n";
    return 1;
  }
}
