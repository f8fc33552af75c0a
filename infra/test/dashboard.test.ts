import { runInNewContext } from 'node:vm';
import { Match } from 'aws-cdk-lib/assertions';
import { describe, expect, test } from 'vitest';
import { CONTENT_SECURITY_POLICY, PAGE_REWRITE } from '../lib/constructs/dashboard.ts';
import { synthesise } from './app.ts';

const { application } = synthesise();

describe('dashboard', () => {
  test('allows no inline code, no other origins and no frames', () => {
    expect(CONTENT_SECURITY_POLICY).not.toMatch(/unsafe|https?:|\*/);
    application.hasResourceProperties('AWS::CloudFront::ResponseHeadersPolicy', {
      ResponseHeadersPolicyConfig: {
        SecurityHeadersConfig: {
          ContentSecurityPolicy: {
            ContentSecurityPolicy:
              "default-src 'self'; connect-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
            Override: true,
          },
          ContentTypeOptions: { Override: true },
          FrameOptions: { FrameOption: 'DENY', Override: true },
          ReferrerPolicy: { ReferrerPolicy: 'no-referrer', Override: true },
          StrictTransportSecurity: { AccessControlMaxAgeSec: 31_536_000, IncludeSubdomains: true, Override: true },
        },
      },
    });
  });

  test('serves the API on the same origin, uncached, with its key header and its 404 intact', () => {
    const uncached = {
      ViewerProtocolPolicy: 'https-only',
      CachePolicyId: '4135ea2d-6df8-44a3-9df3-4b5a84be39ad',
      OriginRequestPolicyId: 'b689b0a8-53d0-40ab-baf2-68738e2966ac',
    };
    application.hasResourceProperties('AWS::CloudFront::Distribution', {
      DistributionConfig: {
        CustomErrorResponses: Match.absent(),
        CacheBehaviors: [
          Match.objectLike({ PathPattern: '/api/*', ...uncached }),
          // Compressed events of a stream would be held back.
          Match.objectLike({ PathPattern: '/v1/*', ...uncached, Compress: false }),
        ],
      },
    });
  });

  test.each([
    ['/', '/index.html'],
    ['/keys/key_1', '/index.html'],
    ['/assets/index-abc.js', '/assets/index-abc.js'],
    ['/favicon.svg', '/favicon.svg'],
  ])('%s is served from %s', (uri, file) => {
    const request = runInNewContext(`${PAGE_REWRITE}; handler({ request: { uri: ${JSON.stringify(uri)} } })`);
    expect(request.uri).toBe(file);
  });

  test('files are readable only through the distribution', () => {
    application.allResourcesProperties('AWS::S3::Bucket', {
      PublicAccessBlockConfiguration: {
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      },
    });
    application.resourceCountIs('AWS::CloudFront::OriginAccessControl', 1);
  });
});
