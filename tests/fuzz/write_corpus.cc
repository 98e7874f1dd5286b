// Writes what the fuzz targets start from into a directory: right segments, also with exemplars,
// each row of the table of corruptions as the bytes that it makes, headers that name a span, what
// jwt_fuzz.cc makes tokens and key sets of, configurations, an audit log, and requests.
#include <cstdio>
#include <fstream>
#include <iterator>
#include <span>
#include <string>
#include <string_view>

#include "tests/fuzz/judge.h"
#include "tests/shm/corruptions.h"

namespace {

bool write(const std::string& path, std::span<const std::byte> bytes) {
  std::ofstream file(path, std::ios::binary);
  file.write(reinterpret_cast<const char*>(bytes.data()), std::ssize(bytes));
  file.close();
  return file.good();
}

shmx::test::Image image_with_exemplars() {
  shmx::test::Image image = shmx::test::right_image();
  image.append(shmx::test::new_series(0, 7, 1));
  image.write_slot(image.append_exemplars(3, 1), shmx::test::full_slot(5));
  image.append(shmx::test::new_series(1, 8, 4));
  image.write_slot(image.append_exemplars(4, 3), shmx::test::full_slot(6));
  return image;
}

std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text));
}

int write_requests(const std::string& directory) {
  constexpr std::string_view kGet =
      "GET http://host/metrics?name[]=up&name[]=a%20b HTTP/1.1\r\nHost: host\r\n"
      "Accept-Encoding: gzip;q=0.5, identity\r\nAuthorization: Bearer token\r\n\r\n";
  constexpr std::string_view kPost =
      "POST /-/reload HTTP/1.1\r\nHost: host\r\nContent-Length: 3\r\n\r\nabc";
  constexpr std::string_view kChunks =
      "POST /metrics HTTP/1.1\r\nHost: host\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n";
  return (write(directory + "get", bytes_of(kGet)) ? 1 : 0) +
         (write(directory + "post", bytes_of(kPost)) ? 1 : 0) +
         (write(directory + "chunks", bytes_of(kChunks)) ? 1 : 0);
}

int write_headers(const std::string& directory) {
  constexpr std::string_view kTraceparent =
      "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  constexpr std::string_view kTraceBin("\0\0trace-id-trace-i\1span-id-\2\1", 29);
  return (write(directory + "traceparent", bytes_of(kTraceparent)) ? 1 : 0) +
         (write(directory + "grpc-trace-bin", bytes_of(kTraceBin)) ? 1 : 0);
}

/// The first byte says what jwt_fuzz.cc does with the rest.
int write_tokens(const std::string& directory) {
  constexpr std::string_view kSigned =
      "\3{\"alg\":\"ES256\",\"typ\":\"JWT\",\"kid\":\"k\"}\n"
      "{\"iss\":\"https://idp.example\",\"aud\":[\"shm-exporter\"],\"sub\":\"x\",\"nbf\":1,"
      "\"iat\":1,\"exp\":1800000300,\"groups\":[\"a\"]}";
  constexpr std::string_view kPresented =
      "\4eyJhbGciOiJFUzI1NiIsImtpZCI6ImsifQ.eyJpc3MiOiJodHRwczovL2lkcC5leGFtcGxlIn0.AAAA";
  constexpr std::string_view kEdits = "\2\0\1A\0\2B";
  constexpr std::string_view kKeySet =
      "\1{\"keys\":[{\"kty\":\"EC\",\"crv\":\"P-256\",\"kid\":\"k\",\"use\":\"sig\",\"alg\":"
      "\"ES256\","
      "\"key_ops\":[\"verify\"],\"x\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\","
      "\"y\":\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0\"},"
      "{\"kty\":\"RSA\",\"n\":\"AQAB\",\"e\":\"AQAB\"}]}";
  return (write(directory + "token_signed", bytes_of(kSigned)) ? 1 : 0) +
         (write(directory + "token_presented", bytes_of(kPresented)) ? 1 : 0) +
         (write(directory + "token_edits", bytes_of(kEdits)) ? 1 : 0) +
         (write(directory + "key_set", bytes_of(kKeySet)) ? 1 : 0);
}

/// For web_config_fuzz.cc and policy_fuzz.cc.
int write_configurations(const std::string& directory) {
  constexpr std::string_view kWeb =
      "tls_server_config:\n  cert_file: c.pem\n  key_file: k.pem\n  client_ca_file: c.pem\n"
      "  client_auth_type: RequireAndVerifyClientCert\n  client_allowed_sans: [a]\n"
      "  min_version: TLS12\n  cipher_suites: [TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256]\n"
      "  curve_preferences: [X25519]\nhttp_server_config:\n  http2: true\n  headers:\n"
      "    X-Frame-Options: deny\nrate_limit: {interval: 1m1.5s, burst: 5}\nbasic_auth_users:\n"
      "  a: $2y$10$X0h1gDsPszWURQaxFh.zoubFi6DXncSjhoQNJgRrnGs7EsimhC7zG\n";
  constexpr std::string_view kPolicy =
      "jobs: {a: {per_process: true}}\notlp: {endpoint: 'http://a', headers: {a: b}}\ntenants:\n"
      "  shop: &shop {directory: /t/a, group: g, jobs: [o, 'c-*'], max_series: 5}\n"
      "readers:\n- {san_uri: 'spiffe://a', operator: true}\n- {uid: shop, tenants: [shop]}\n"
      "- {issuer: i, claim: g, value: v, tenants: [shop]}\nanonymous: {tenants: []}\nissuers:\n"
      "- {issuer: i, audience: s, keys: 'https://i/k', authorities: /c, clock_skew: 5m}\n"
      "service_identities: {authorities: /c, jobs: {o: {san_dns: o}}}\n"
      "audit: {directory: /a, key: /k, required: true, max_file_bytes: 1MiB}\n";
  return (write(directory + "web_config", bytes_of(kWeb)) ? 1 : 0) +
         (write(directory + "policy", bytes_of(kPolicy)) ? 1 : 0);
}

int write_audit_log(const std::string& directory) {
  std::ifstream golden(SHMX_GOLDEN_LOG, std::ios::binary);
  const std::string text(std::istreambuf_iterator<char>(golden), {});
  return write(directory + "audit-log", bytes_of(text)) ? 1 : 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: write_corpus DIRECTORY\n");
    return 2;
  }
  const std::string directory = std::string(argv[1]) + "/";
  if (!write(directory + "right", shmx::test::right_image().bytes()) ||
      !write(directory + "minor_1", shmx::test::minor_1_image().bytes()) ||
      !write(directory + "minor_2", shmx::test::minor_2_image().bytes())) {
    std::perror(directory.c_str());
    return 1;
  }
  int written = 3 + write_headers(directory) + write_tokens(directory) +
                write_configurations(directory) + write_audit_log(directory) +
                write_requests(directory);
  written += write(directory + "exemplars", image_with_exemplars().bytes()) ? 1 : 0;
  for (const shmx::test::Corruption& row : shmx::test::all_corruptions()) {
    shmx::test::Image image = shmx::test::right_image();
    row.apply(image);
    if (image.bytes().size() <= shmx::fuzz::kMaxInputBytes) {
      written += write(directory + row.name, image.bytes()) ? 1 : 0;
    }
  }
  std::printf("%d inputs\n", written);
  return 0;
}
